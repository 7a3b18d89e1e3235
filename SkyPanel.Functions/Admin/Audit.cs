using System.Text.Json;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Admin;

/// <summary>Who did what, when, before and after; never changed or deleted.</summary>
public sealed class Audit(NpgsqlDataSource database)
{
    private const string WriteSql = """
        insert into cron_service.audit (actor, action, subject, before, after, reason)
        values (@actor, @action, @subject, @before::jsonb, @after::jsonb, @reason::text)
        """;

    public Task WriteAsync(Caller caller, string action, string subject, object? before, object? after, string? reason, CancellationToken ct) =>
        database.ExecuteAsync(WriteSql, ct, ("actor", caller.Name), ("action", action), ("subject", subject),
            ("before", before is null ? null : JsonSerializer.Serialize(before, AdminJson.Options)),
            ("after", after is null ? null : JsonSerializer.Serialize(after, AdminJson.Options)), ("reason", reason));
}
