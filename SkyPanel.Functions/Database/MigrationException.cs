namespace SkyPanel.Functions.Database;

/// <summary>A migration script failed and was rolled back; those before it stay.</summary>
public sealed class MigrationException(string script, Exception inner)
    : Exception($"Migration {script} failed: {inner.Message}", inner);
