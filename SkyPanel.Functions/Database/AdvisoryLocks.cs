namespace SkyPanel.Functions.Database;

/// <summary>Lists the keys of the advisory locks that the app takes, so that no two uses share one.</summary>
internal static class AdvisoryLocks
{
    /// <summary>Held while the schema is migrated.</summary>
    public const string Migration = "707173";

    /// <summary>Held while a reading of VirtFusion's servers is recorded.</summary>
    public const string Recording = "707174";

    /// <summary>Held while an API key is made, so that their number stays within its bound.</summary>
    public const string ApiKeys = "707175";

    /// <summary>Held while a job's settings are stored.</summary>
    public const string JobSettings = "707176";

    /// <summary>Held while the accounts' standings are written.</summary>
    public const string Standings = "707177";

    /// <summary>Held while the policy orders suspensions.</summary>
    public const string SuspensionPolicy = "707178";
}
