namespace SkyPanel.Functions.Database;

/// <summary>A migration script failed, and all of the migration was rolled back.</summary>
public sealed class MigrationException(string script, Exception inner)
    : Exception($"Migration {script} failed: {inner.Message}", inner);
