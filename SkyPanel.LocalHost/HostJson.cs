using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalHost;

/// <summary>What the application's host.json says that matters here.</summary>
public sealed class HostJson
{
    public const string FileName = "host.json";

    private const string TimeoutName = "functionTimeout";

    // What a timer of .NET can wait for in one go.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    private HostJson(IConfiguration json)
    {
        RoutePrefix = (json["extensions:http:routePrefix"] ?? "api").Trim('/');
        FunctionTimeout = Timeout(json[TimeoutName]);
    }

    /// <summary>Comes before every function's route. Default, as in the Functions host: <c>api</c>.</summary>
    public string RoutePrefix { get; }

    /// <summary>How long an invocation may last before its token is cancelled; null for ever.</summary>
    public TimeSpan? FunctionTimeout { get; }

    /// <exception cref="InvalidDataException">It isn't JSON, or a value is out of range.</exception>
    public static HostJson Read(string path) =>
        new(new ConfigurationBuilder().AddJsonFile(path, optional: true, reloadOnChange: false).Build());

    /// <exception cref="InvalidDataException">A value is out of range.</exception>
    public static HostJson Parse(string json) =>
        new(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());

    private static TimeSpan? Timeout(string? value)
    {
        if (value is null or "-1")
            return null;
        if (TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero && timeout <= LongestTimeout)
            return timeout;
        throw new InvalidDataException(
            $"{FileName}: {TimeoutName} is '{value}'; allowed are -1 (no limit) and a time, such as 00:30:00, "
            + $"of at most {LongestTimeout.TotalDays:0} days.");
    }
}
