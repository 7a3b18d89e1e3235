namespace SkyPanel.Functions.Health;

[JsonConverter(typeof(EnumTextConverter<FindingState>))]
public enum FindingState
{
    Ok,

    /// <summary>It works, but not as it should.</summary>
    Warning,
    Failing,

    /// <summary>Not configured, and not needed to bill.</summary>
    Off,
}

/// <summary>A finding of the doctor, with advice.</summary>
/// <param name="State"><c>ok</c>, <c>warning</c> (it works, not as it should), <c>failing</c>, or <c>off</c> (not configured, and not
/// needed to bill).</param>
/// <param name="Advice">The advice; null when there is nothing to do.</param>
public sealed record Finding(string Name, FindingState State, string Message,
    string? Advice = null)
{
    /// <summary>Returns a failure to examine as a finding, so that it doesn't affect the others.</summary>
    public static async Task<Finding> TryAsync(string name, Func<Task<Finding>> look, CancellationToken ct)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return Failing(name, $"It can't be looked at: {e.Message.ReplaceLineEndings(" ")}", "Mend what it says, and look again.");
        }
    }

    /// <summary>Returns the finding as the result of a check: what is off is in order, and what only warns is unknown.</summary>
    /// <param name="kind">Of the error line in the run log.</param>
    public CheckResult ToResult(string kind) => State switch
    {
        FindingState.Failing => CheckResult.Failing($"{Message} {Advice}", kind),
        FindingState.Warning => CheckResult.Unknown($"{Message} {Advice}"),
        _ => CheckResult.Ok(Message),
    };

    public static Finding Ok(string name, string message) => new(name, FindingState.Ok, message);
    public static Finding Off(string name, string message, string advice) => new(name, FindingState.Off, message, advice);
    public static Finding Warning(string name, string message, string advice) => new(name, FindingState.Warning, message, advice);
    public static Finding Failing(string name, string message, string advice) => new(name, FindingState.Failing, message, advice);
}
