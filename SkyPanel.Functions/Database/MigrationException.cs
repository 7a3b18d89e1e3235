namespace SkyPanel.Functions.Database;

/// <summary>Thrown when a migration script failed and the migration was rolled back.</summary>
public sealed class MigrationException(string script, Exception inner)
    : Exception($"Migration {script} failed: {inner.Message}", inner);
