using SkyPanel.Functions.Http;

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

    /// <summary>The condition on <c>cron_service.holds h</c> of those that may be rejected together.</summary>
    public const string IsRejectable = "h.state = 'open' and h.scope <> 'correction'";

    /// <summary>The condition on <c>cron_service.holds h</c> of rejectable ones that may be approved together too: each hour has a payer,
    /// and where hours waited for the owner, VirtFusion names no other one now.</summary>
    public const string IsApprovable = """
        not (h.scope = 'server' and exists (
            select from cron_service.hold_spans s
            left join cron_service.enrolments e on e.server_id = s.server_id
            left join cron_service.accounts p on p.id = s.account_id left join public.users u on u.id = p.user_id
            where s.hold_id = h.id and (s.account_id is null or h.reason like '%belongs to VirtFusion user %'
              and (u.virtfusion_id <> e.virtfusion_owner_id
                   or u.virtfusion_id is null and exists (select from public.users o where o.virtfusion_id = e.virtfusion_owner_id)))))
        """;

    private const string SumsSql = $"""
        with matching as (
            select h.amount, {IsRejectable} as is_rejectable, {IsRejectable} and {IsApprovable} as is_approvable
            from cron_service.holds h where {Condition})
        select count(*)::integer as count, coalesce(sum(amount), 0)::numeric(18, 6) as amount,
               count(*) filter (where is_approvable)::integer as approvable,
               coalesce(sum(amount) filter (where is_approvable), 0)::numeric(18, 6) as approvable_amount,
               count(*) filter (where is_rejectable)::integer as rejectable,
               coalesce(sum(amount) filter (where is_rejectable), 0)::numeric(18, 6) as rejectable_amount
        from matching
        """;

    public (string Name, object? Value)[] Parameters =>
    [
        ("state", State?.Text()), ("scope", Scope), ("user_id", UserId), ("server_id", ServerId), ("run_id", RunId),
            ("created_before", CreatedBefore?.UtcDateTime),
    ];

    /// <summary>Adds up the matching holds.</summary>
    public async Task<HoldSums> SumAsync(NpgsqlDataSource database, CancellationToken ct) =>
        (await database.QueryAsync(SumsSql, row => new HoldSums(Sum(row, "count", "amount"), Sum(row, "approvable", "approvable_amount"),
            Sum(row, "rejectable", "rejectable_amount")), ct, Parameters))[0];

    private static HoldSum Sum(NpgsqlDataReader row, string count, string amount) => new(row.Get<int>(count), row.Get<decimal>(amount));
}

/// <summary>Sums of matching holds, and of the open ones among them that can be decided together.</summary>
public sealed record HoldSums(HoldSum All, HoldSum Approvable, HoldSum Rejectable);

/// <summary>Several holds.</summary>
/// <param name="Amount">Their cost, in currency units.</param>
public sealed record HoldSum(int Count, decimal Amount);

/// <summary>Selects the holds.</summary>
public sealed class HoldsQuery : PageQuery
{
    public HoldsQuery() => Limit = 100;

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
}

/// <summary>Selects the open holds that are decided together. Filters that are left out match all except corrections, which are decided one
/// by one.</summary>
public sealed class HoldsDecisionBody : ReasonBody
{
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
