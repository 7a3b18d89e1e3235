using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalHost;

/// <summary>The relevant settings of the application's host.json.</summary>
public sealed class HostJson
{
    public const string FileName = "host.json";

    private const string TimeoutName = "functionTimeout";

    // The longest time that a .NET timer can wait.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(24);

    private HostJson(IConfiguration json)
    {
        RoutePrefix = (json["extensions:http:routePrefix"] ?? "api").Trim('/');
        FunctionTimeout = Timeout(json[TimeoutName]);
    }

    /// <summary>The prefix of every function's route. Default: <c>api</c>, as in the Functions host.</summary>
    public string RoutePrefix { get; }

    /// <summary>The time after which an invocation's token is cancelled; null for never.</summary>
    public TimeSpan? FunctionTimeout { get; }

    /// <exception cref="InvalidDataException">The file isn't JSON, or a value is out of range.</exception>
    public static HostJson Read(string path) =>
        new(new ConfigurationBuilder().AddJsonFile(path, optional: true, reloadOnChange: false).Build());

    /// <exception cref="InvalidDataException">A value is out of range.</exception>
    public static HostJson Parse(string json) =>
        new(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());

    private static TimeSpan? Timeout(string? value)
    {
        if (value is null or "-1")
            return null;
        if (TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero && timeout <= MaxTimeout)
            return timeout;
        throw new InvalidDataException(
            $"{FileName}: {TimeoutName} is '{value}'; allowed are -1 (no limit) and a time, such as 00:30:00, "
            + $"of at most {MaxTimeout.TotalDays:0} days.");
    }
}
