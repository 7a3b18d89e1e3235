namespace SkyPanel.Functions.Http;

/// <summary>Writes the audit log: who did what and when, with the state before and after. Lines are never changed or deleted.</summary>
public sealed class Audit(NpgsqlDataSource database)
{
    private const string WriteSql = """
        insert into cron_service.audit (actor, action, subject, before, after, reason, address, request_id)
        values (@actor, @action, @subject, @before::jsonb, @after::jsonb, @reason::text, @address, @request_id)
        """;

    public Task WriteAsync(Caller caller, string action, string subject, object? before, object? after, string? reason,
        CancellationToken ct) =>
        database.ExecuteAsync(WriteSql, ct, Line(caller, action, subject, before, after, reason));

    /// <summary>Writes a line in the transaction of the change: both are committed or neither. The gate logs the decision after the
    /// commit.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, Caller caller, string action, string subject, object? before,
        object? after, string? reason)
    {
        await connection.ExecuteAsync(WriteSql, CancellationToken.None, Line(caller, action, subject, before, after, reason));
        caller.Decisions.Add($"{action} {subject} by " +
            $"{caller.Name}{(string.IsNullOrEmpty(reason) ? "" : $": {reason.ReplaceLineEndings(" ")}")}");
    }

    private static (string, object?)[] Line(Caller caller, string action, string subject, object? before, object? after, string? reason) =>
    [
        ("actor", caller.Name), ("action", action), ("subject", subject),
        ("before", before is null ? null : JsonSerializer.Serialize(before, ApiJson.Options)),
        ("after", after is null ? null : JsonSerializer.Serialize(after, ApiJson.Options)), ("reason", reason),
        ("address", caller.Address), ("request_id", caller.RequestId),
    ];
}
