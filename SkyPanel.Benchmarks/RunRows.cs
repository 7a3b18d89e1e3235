using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Benchmarks;

/// <summary>Fills a run log of any length: one run a minute up to now, of four jobs in the proportions 50, 44, 5 and 1. Twenty runs are
/// held, whatever the length.</summary>
internal static class RunRows
{
    public const int Held = 20;

    private const string RunsSql = """
        insert into cron_service.runs (job, trigger, requested_by, scheduled_for, started_at, finished_at, status, fencing,
            servers_processed,
                                       hours_billed, total_billed, tokens_debited, error_count, message)
        select job, 'schedule', 'scheduler', at, at, at + (200 + n % 1700) * interval '1 millisecond', status, n,
               case when is_billing then 100 else 0 end, case when is_billing then 100 else 0 end,
               case when is_billing then 0.684932 else 0 end, case when is_billing then 68 else 0 end, case
                   when status in ('failed', 'partial') then 1 else 0 end,
               case when status in ('skipped', 'failed', 'held') then 'why it is ' || status end
        from (
            select n, date_trunc('minute', now()) - (@rows - n) * interval '1 minute' as at, n % 100 < 50 as is_billing,
                   case when n % 100 < 50 then 'hourly-billing' when n % 100 < 94 then 'monitoring' when n % 100 < 99 then 'maintenance'
                        else 'dns-renewal' end as job,
                   case when n % (@rows / @held) = 0 then 'held' when n % 10 = 3 then 'skipped' when n % 20 = 7 then 'partial'
                       when n % 25 = 9 then 'failed'
                        else 'succeeded' end as status
            from generate_series(1, @rows) as n) as made
        order by n
        """;

    private const string ErrorsSql = """
        insert into cron_service.run_errors (run_id, ordinal, kind, message) select id, 1, 'execution', 'what went wrong'
            from cron_service.runs where error_count > 0
        """;

    /// <summary>Fills an empty run log, and vacuums it as autovacuum would.</summary>
    /// <param name="rows">The number of runs, 1000 or more.</param>
    public static async Task InsertAsync(string connectionString, int rows)
    {
        await using var database = NpgsqlDataSource.Create(connectionString + ";Command Timeout=0");
        await database.ExecuteAsync(RunsSql, default, ("rows", rows), ("held", Held));
        await database.ExecuteAsync(ErrorsSql, default);
        await database.RunAloneAsync("vacuum analyze cron_service.runs");
        await database.RunAloneAsync("vacuum analyze cron_service.run_errors");
        await database.RunAloneAsync("checkpoint");
    }
}
