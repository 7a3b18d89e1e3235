namespace SkyPanel.Demo.Postgres;

/// <summary>Thrown when PostgreSQL is missing, or doesn't start or stop. The message says why.</summary>
public sealed class EmbeddedPostgresException(string message) : IOException(message);
