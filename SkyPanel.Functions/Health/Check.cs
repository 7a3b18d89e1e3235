namespace SkyPanel.Functions.Health;

[JsonConverter(typeof(EnumTextConverter<CheckState>))]
public enum CheckState
{
    Ok,
    Failing,

    /// <summary>It could not be determined.</summary>
    Unknown,
}

/// <summary>A check that monitoring runs.</summary>
/// <param name="Name">The name, short and stable: the key of stored results.</param>
/// <param name="IsEachMinute">It costs one cheap statement and runs with each heartbeat too; the others run only with the job.</param>
/// <param name="RunAsync">Returns null to keep the previous result. An exception counts as unknown.</param>
public sealed record Check(string Name, bool IsEachMinute, Func<CheckPass, CancellationToken, Task<CheckResult?>> RunAsync);

/// <summary>The result of a check: a plain sentence, with advice when it fails.</summary>
/// <param name="Kind">Of the error line in the run log.</param>
public sealed record CheckResult(CheckState State, string Message, string Kind = "execution")
{
    public bool IsFailing => State == CheckState.Failing;

    public static CheckResult Ok(string message) => new(CheckState.Ok, message);

    public static CheckResult Failing(string message, string kind = "execution") => new(CheckState.Failing, message, kind);

    public static CheckResult Unknown(string message) => new(CheckState.Unknown, message);
}

/// <summary>One pass over the checks.</summary>
/// <param name="IsByHand">Somebody asked: nothing is left out for its cost.</param>
/// <param name="Found">The results of this round so far, by name.</param>
public sealed record CheckPass(bool IsByHand, Dictionary<string, CheckResult> Found)
{
    public bool IsFailing(string name) => Found.GetValueOrDefault(name) is { IsFailing: true };
}
