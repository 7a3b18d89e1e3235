using System.Text.Json.Serialization;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Jobs;

/// <summary>How a run stands.</summary>
[JsonConverter(typeof(EnumTextConverter<RunStatus>))]
public enum RunStatus
{
    Running,
    Succeeded,

    /// <summary>Some of it failed or is held.</summary>
    Partial,

    Failed,

    /// <summary>Nothing was done: it must not run now, or has nothing to work with.</summary>
    Skipped,

    /// <summary>The bound of a run was reached.</summary>
    Held,

    /// <summary>It stopped at a safe point: it was asked to, its time was over, or the app was stopped.</summary>
    Cancelled,

    /// <summary>Its process died, or its lease was lost.</summary>
    Abandoned,
}

/// <summary>What started a run.</summary>
[JsonConverter(typeof(EnumTextConverter<RunTrigger>))]
public enum RunTrigger
{
    Schedule,
    Manual,

    /// <summary>An older occurrence was missed.</summary>
    [JsonStringEnumMemberName("catch-up")]
    CatchUp,

    /// <summary>A run that failed is run again.</summary>
    Retry,
}
