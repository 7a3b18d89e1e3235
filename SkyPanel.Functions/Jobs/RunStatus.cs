namespace SkyPanel.Functions.Jobs;

[JsonConverter(typeof(EnumTextConverter<RunStatus>))]
public enum RunStatus
{
    Running,
    Succeeded,

    /// <summary>Some of it failed or is held.</summary>
    Partial,

    Failed,

    /// <summary>It did nothing: it may not run now, or has no data.</summary>
    Skipped,

    /// <summary>The bound of a run was reached.</summary>
    Held,

    /// <summary>It stopped at a safe point: on request, at the end of its time box, or at a shutdown.</summary>
    Cancelled,

    /// <summary>Its process died, or its lease was lost.</summary>
    Abandoned,
}

[JsonConverter(typeof(EnumTextConverter<RunTrigger>))]
public enum RunTrigger
{
    Schedule,
    Manual,

    /// <summary>An older occurrence was missed.</summary>
    [JsonStringEnumMemberName("catch-up")]
    CatchUp,

    /// <summary>A retry of a failed run.</summary>
    Retry,
}
