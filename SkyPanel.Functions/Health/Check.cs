namespace SkyPanel.Functions.Health;

/// <summary>One thing that is looked at.</summary>
/// <param name="Name">Short and stable: it is the key of what is stored.</param>
/// <param name="IsEachMinute">It costs a cheap statement, and is looked at with each heartbeat too; the others only when the job
/// runs.</param>
/// <param name="LookAsync">Null: nothing to say this time, what was found before stands. What it throws counts as unknown.</param>
public sealed record Check(string Name, bool IsEachMinute, Func<CheckPass, CancellationToken, Task<CheckResult?>> LookAsync);

/// <summary>What a check found, in a plain sentence, with what to do when it fails.</summary>
/// <param name="State"><c>ok</c>, <c>failing</c>, or <c>unknown</c>: it could not be told.</param>
/// <param name="Kind">Of the error line in the run log.</param>
public sealed record CheckResult(string State, string Message, string Kind = "execution")
{
    public bool IsFailing => State == "failing";

    public static CheckResult Ok(string message) => new("ok", message);

    public static CheckResult Failing(string message, string kind = "execution") => new("failing", message, kind);

    public static CheckResult Unknown(string message) => new("unknown", message);
}

/// <summary>One round of looking.</summary>
/// <param name="IsByHand">Somebody asked: nothing is left out for its cost.</param>
/// <param name="Found">What this round found so far, by name.</param>
public sealed record CheckPass(bool IsByHand, Dictionary<string, CheckResult> Found)
{
    public bool IsFailing(string name) => Found.GetValueOrDefault(name) is { IsFailing: true };
}
