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
    /// <summary>The kind of its error line in the run log of monitoring.</summary>
    [JsonIgnore]
    public string Kind { get; init; } = "execution";

    [JsonIgnore]
    public bool IsFailing => State == FindingState.Failing;

    /// <summary>The state that monitoring stores: what is off is in order, and what only warns is unknown.</summary>
    [JsonIgnore]
    public CheckState CheckState => State switch
    {
        FindingState.Failing => CheckState.Failing,
        FindingState.Warning => CheckState.Unknown,
        _ => CheckState.Ok,
    };

    /// <summary>The message and, where it is needed, the advice, in one text.</summary>
    [JsonIgnore]
    public string Text => State is FindingState.Failing or FindingState.Warning ? $"{Message} {Advice}".TrimEnd() : Message;

    /// <summary>Names what was found, or the failure to look, so that it doesn't affect the others.</summary>
    public static async Task<Finding> TryAsync(string name, Func<CancellationToken, Task<Finding>> look, CancellationToken ct)
    {
        try
        {
            return await look(ct) with { Name = name };
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return Failing($"It can't be looked at: {e.Message.ReplaceLineEndings(" ")}", "Mend what it says, and look again.")
                with { Name = name };
        }
    }

    // Whoever lists a finding names it.
    public static Finding Ok(string message) => new("", FindingState.Ok, message);
    public static Finding Off(string message, string advice) => new("", FindingState.Off, message, advice);
    public static Finding Warning(string message, string? advice = null) => new("", FindingState.Warning, message, advice);
    public static Finding Failing(string message, string? advice = null, string kind = "execution") =>
        new("", FindingState.Failing, message, advice) { Kind = kind };
}
