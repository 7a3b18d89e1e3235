namespace SkyPanel.Functions.Metering;

/// <summary>A problem that prevents billing: a line of the run's errors.</summary>
/// <param name="Kind"><c>data</c>: the panel's rows; <c>api</c>: VirtFusion.</param>
/// <param name="ServerId">Null when it concerns more than one server.</param>
public sealed record MeteringProblem(string Kind, int? ServerId, string Message)
{
    public static MeteringProblem OfData(int serverId, string message) => new("data", serverId, message);
    public static MeteringProblem OfApi(string message, int? serverId = null) => new("api", serverId, message);
}
