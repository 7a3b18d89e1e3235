using System.ComponentModel.DataAnnotations;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Selects holds to list, or to decide about together. Null matches any.</summary>
/// <param name="UserId">The payer, now or when the hours were held.</param>
/// <param name="RunId">The run that held them.</param>
public sealed record HoldFilter(HoldState? State, string? Scope, int? UserId, int? ServerId, long? RunId, DateTimeOffset? CreatedBefore)
{
    /// <summary>The condition on <c>cron_service.holds h</c>; its parameters are <see cref="Parameters"/>.</summary>
    public const string Condition = """
        (@state::text is null or h.state = @state) and (@scope::text is null or h.scope = @scope)
          and (@run_id::bigint is null or h.opened_by_run_id = @run_id)
              and (@created_before::timestamptz is null or h.created_at < @created_before)
          and (@server_id::integer is null or h.server_id = @server_id
               or exists (select from cron_service.hold_spans s where s.hold_id = h.id and s.server_id = @server_id))
          and (@user_id::integer is null or exists (
               select from cron_service.accounts p where p.user_id = @user_id
                 and (p.id = h.account_id or exists (select from cron_service.repairs r where r.hold_id = h.id and r.account_id = p.id)
                      or exists (select from cron_service.hold_spans s where s.hold_id = h.id and s.account_id = p.id))))
        """;

    private const string SumsSql =
        $"select count(*)::integer, coalesce(sum(h.amount), 0)::numeric(18, 6) from cron_service.holds h where {Condition}";

    public (string Name, object? Value)[] Parameters =>
    [
        ("state", State?.Text()), ("scope", Scope), ("user_id", UserId), ("server_id", ServerId), ("run_id", RunId),
            ("created_before", CreatedBefore?.UtcDateTime),
    ];

    /// <returns>The number of matching holds, and the sum of their amounts in currency units.</returns>
    public async Task<(int Count, decimal Amount)> SumAsync(NpgsqlDataSource database, CancellationToken ct) =>
        (await database.QueryAsync(SumsSql, row => (row.GetInt32(0), row.GetDecimal(1)), ct, Parameters))[0];
}

/// <summary>Selects the holds.</summary>
public sealed class HoldsQuery
{
    internal const string All = "all";

    /// <summary>Their state.</summary>
    [AllowedValues("open", "approved", "rejected", "charged", All)]
    public string State { get; set; } = HoldState.Open.Text();

    /// <summary>The scope of the exceeded bound.</summary>
    [AllowedValues("server", "account", "run", "correction")]
    public string? Scope { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The server's id in VirtFusion.</summary>
    [Range(1, int.MaxValue)]
    public int? ServerId { get; set; }

    /// <summary>The run that held them.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? RunId { get; set; }

    /// <summary>Held before this instant.</summary>
    public DateTimeOffset? CreatedBefore { get; set; }

    /// <summary>Holds on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 100;

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? Cursor { get; set; }
}

/// <summary>Selects the open holds that are decided together. Filters that are left out match all except corrections, which are decided one
/// by one.</summary>
public sealed class HoldsDecisionBody
{
    /// <summary>The reason.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>The number of matching holds, as the list showed.</summary>
    [Required, Range(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>The scope of the exceeded bound.</summary>
    [AllowedValues("server", "account", "run")]
    public string? Scope { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The server's id in VirtFusion.</summary>
    [Range(1, int.MaxValue)]
    public int? ServerId { get; set; }

    /// <summary>The run that held them.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? RunId { get; set; }

    /// <summary>Held before this instant.</summary>
    public string? CreatedBefore { get; set; }
}
