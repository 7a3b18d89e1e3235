using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves the list of servers over HTTP.</summary>
public sealed class ServerListFunctions(Gate gate, NpgsqlDataSource database)
{
    private const string ListSql = $"""
        select e.server_id, e.user_id, {CustomerName.Sql} as user_name, e.package_id,
               coalesce(e.monthly_price, e.hourly_rate) as price, e.monthly_price is not null as is_monthly_price, e.basis_hours,
               nullif(e.billed_until, 'infinity') as billed_until, e.problem, s.state, t.seen_until,
               m.net - m.corrections as charges_this_month, m.corrections as corrections_this_month, m.net as net_this_month
        from cron_service.enrolments e
        left join cron_service.uptime t on t.server_id = e.server_id and t.is_current
        left join public.users u on u.id = e.user_id
        cross join lateral (select case when t.server_id is null then 'unseen' when not t.is_existing then 'gone'
            when t.is_suspended then 'suspended'
                                        when not t.is_built then 'building' when not t.billing_enabled then 'disabled'
                                            else 'billable' end as state) as s
        cross join lateral (
            select coalesce((select sum(m.amount) from cron_service.server_months m
                       where m.server_id = e.server_id and m.month = date_trunc('month', now(), 'UTC')), 0) as net,
                   coalesce((select sum(case j.kind when 'supplement' then j.amount else -j.amount end) from cron_service.adjustments j
                       where j.server_id = e.server_id and j.month = date_trunc('month', now(), 'UTC')), 0) as corrections) as m
        where (@after_id::bigint is null or e.server_id > @after_id) and (@user_id::integer is null or e.user_id = @user_id)
          and (@state::text is null or s.state = @state) and (@has_problem::boolean is null or (e.problem is not null) = @has_problem)
        order by e.server_id limit @limit
        """;

    /// <summary>Lists servers by their id.</summary>
    [Function("ListServers")]
    [Operation(Role.Viewer, Query = typeof(ServersQuery))]
    [Answer(200, typeof(ServerPage))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/servers")] HttpRequest request) =>
        gate.EnterAsync<ServersQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var page = await database.QueryAsync<ServerRow>(ListSql, ct, ("after_id", query.Cursor), ("user_id", query.UserId),
                ("state", query.State),
                ("has_problem", query.Problem switch { "true" => true, "false" => false, _ => null }), ("limit", query.Limit));
            return ApiJson.Ok(new ServerPage(page, query.Next(page, server => server.ServerId)));
        });
}

/// <summary>A page of servers by their id.</summary>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record ServerPage(IReadOnlyList<ServerRow> Servers, string? NextCursor);

/// <summary>A server in the list.</summary>
/// <param name="UserName">The name in the panel.</param>
/// <param name="Price">Currency units, a month of <paramref name="BasisHours"/> hours or, where <paramref name="IsMonthlyPrice"/> is false,
/// an hour.</param>
/// <param name="State">The last seen state: <c>billable</c>, <c>suspended</c>, <c>building</c>, <c>disabled</c> (billing_enabled is off),
/// <c>gone</c>, or <c>unseen</c>.</param>
/// <param name="BilledUntil">All earlier hours are charged, held or not billable; null while it is unknown when its billing begins.</param>
/// <param name="ChargesThisMonth">Charges for hours of this calendar month (UTC), before corrections, in currency units.</param>
/// <param name="CorrectionsThisMonth">Supplements minus credit notes for hours of this month.</param>
/// <param name="NetThisMonth">The sum of both.</param>
/// <param name="Problem">The problem that prevents billing, so that its hours wait; null without one.</param>
public sealed record ServerRow(
    int ServerId, int? UserId, string? UserName, int? PackageId, decimal? Price, bool IsMonthlyPrice, int? BasisHours,
    [property: AllowedValues("billable", "suspended", "building", "disabled", "gone", "unseen")] string State, DateTime? SeenUntil,
    DateTime? BilledUntil, decimal ChargesThisMonth, decimal CorrectionsThisMonth, decimal NetThisMonth, string? Problem);

/// <summary>Selects the servers.</summary>
public sealed class ServersQuery : PageQuery
{
    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The last seen state.</summary>
    [AllowedValues("billable", "suspended", "building", "disabled", "gone", "unseen")]
    public string? State { get; set; }

    /// <summary>Whether a problem prevents billing.</summary>
    [AllowedValues("true", "false")]
    public string? Problem { get; set; }
}
