using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Fills the temporary tables of <see cref="ChargeInputs.Replay"/> with the observed time of a range, whoever billed it.</summary>
public static class ObservedTime
{
    // Time that the panel billed is observed time too. An engine that bills in advance leaves a last_billed_at in the future, which is only
    // a problem for a run.
    private const string FillSql = """
        create temporary table terms on commit drop as
        select id, server_id, effective_from, account_id, is_monthly, price, price_seconds from cron_service.terms;
        create temporary table uptime on commit drop as
        select server_id, started_at, seen_until, is_current, is_existing and not is_suspended and is_built
            and billing_enabled as is_billable
        from cron_service.uptime;
        create temporary table enrolments on commit drop as
        select server_id, user_id, greatest(billed_from, @from_at) as billed_from,
               date_trunc('hour', greatest(billed_from, @from_at), 'UTC') as billed_until, null::text as problem,
               enrolment_id, taken_over_at
        from cron_service.enrolments where isfinite(billed_from);
        """;

    /// <summary>Creates the tables that are empty in a replay, as nothing was charged or held.</summary>
    internal const string EmptySql = """
        create temporary table server_months on commit drop as select * from cron_service.server_months where false;
        create temporary table hold_spans on commit drop as select * from cron_service.hold_spans where false;
        create temporary table holds on commit drop as select * from cron_service.holds where false;
        create temporary table charges on commit drop as select * from cron_service.charges where false;
        analyze pg_temp.terms; analyze pg_temp.uptime; analyze pg_temp.enrolments
        """;

    /// <param name="from">A full hour. A server that is billed from a later time begins then.</param>
    public static async Task FillAsync(NpgsqlConnection connection, DateTime from, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(FillSql, ct, ("from_at", from));
        await connection.ExecuteLongAsync(EmptySql, ct);
    }
}
