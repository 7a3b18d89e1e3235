using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Metering;
using SkyPanel.Functions.Tests.WhatIf;

namespace SkyPanel.Functions.Tests;

/// <summary>What is done each minute and each hour costs the same after years: the rows that PostgreSQL reads are counted, not the
/// time.</summary>
public sealed class HistoryTests
{
    private const int Servers = 12;
    private const int MaxMoreRows = 100; // More than there are runs, of which the planner reads so few at once.

    private const string Hours = "public.virtfusion_hourly_transactions";

    private const string CloseSql =
        "update cron_service.runs set status = 'succeeded', finished_at = started_at where status = 'running'";

    // What else a fleet leaves behind: messages, payments and suspensions, all over for long.
    private const string LeftoversSql = """
        update cron_service.customer_policy set notices_enabled = true, suspension_enabled = true;
        update cron_service.notice_watch set enabled_since = now() - interval '3 years';
        insert into cron_service.outbox (kind, subject, dedupe_key, payload, state, created_at, closed_at)
        select 'discord', 'old', 'old:' || n, '{}', 'settled', now() - interval '40 days', now() - interval '40 days'
        from generate_series(1, @rows) as n;
        insert into cron_service.notices (account_id, cause, cause_key, facts, created_at)
        select (select max(id) from cron_service.accounts), 'runway', 'old:' || n, '{}', now() - interval '40 days'
        from generate_series(1, @rows) as n;
        insert into cron_service.suspensions (account_id, server_id, state, reason, ordered_by, ordered_at, suspended_at, resumed_at)
        select (select max(id) from cron_service.accounts), 1 + n % 12, 'resumed', 'old', 'policy', now() - interval '40 days',
            now() - interval '40 days', now() - interval '39 days'
        from generate_series(1, @rows) as n;
        insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, created_at, next_look_at)
        select (select max(id) from cron_service.accounts), 5, 'USD', 100, 500, 'panel', 'expired', now() - interval '40 days', 'infinity'
        from generate_series(1, @rows) as n
        """;

    private const string RowsReadSql = """
        select schemaname || '.' || relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
        """;

    // A row of a server that had none when billing was enabled.
    private const string EnrolAgainSql = """
        insert into public.virtfusion_hourly_billing (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price,
            hourly_rate, last_billed_at)
        select user_id, @server, @server, package_id, package_name, monthly_price, hourly_rate, @billed_at
        from public.virtfusion_hourly_billing where virtfusion_server_id = 1
        """;

    // A process of PostgreSQL adds its figures to the statistics at its end at the latest.
    private const string OthersSql =
        "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> " +
        "pg_backend_pid()";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_a_heartbeat_and_the_status_read_no_more_rows_after_fourteen_months_than_after_two()
    {
        var (early, late) = (await ReadAfterAsync(months: 2), await ReadAfterAsync(months: 14));

        Assert.True(late.Values.Sum() > 0, "nothing was counted");
        Assert.Empty(late.Where(read => read.Value > early.GetValueOrDefault(read.Key) + MaxMoreRows)
            .Select(read => $"{read.Key}: {early.GetValueOrDefault(read.Key)} rows, then {read.Value}"));
    }

    [Fact]
    public async Task The_months_of_a_customer_are_listed_without_the_transfers_of_charged_hours_and_with_each_debit_read_once()
    {
        const int hours = 2000;
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            insert into cron_service.accounts (kind, user_id) values ('customer', 1);
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at, created_at)
            select k.kind, case k.kind when 'charge' then c.id else o.id end, case k.kind when 'charge' then o.id else c.id end, 0.1,
                k.kind || ':' || n, now(), now() - n * interval '1 hour'
            from generate_series(1, @hours) as n, unnest(array['charge', 'debit']) as k(kind), cron_service.accounts c,
                cron_service.accounts o
            where c.user_id = 1 and o.kind = case k.kind when 'charge' then 'revenue' else 'wallet_clearing' end order by n
            """, ("hours", hours));
        await DisableScansAsync(panel);
        await panel.Database.ExecuteAsync("analyze");
        var before = await RowsReadAsync(panel);

        Assert.InRange((await panel.Services.GetRequiredService<Statements>().ListAsync(1, Ct)).Count, 3, 4);

        var read = (await RowsReadAsync(panel))["cron_service.transfers"] - before["cron_service.transfers"];
        Assert.InRange(read, hours, hours + MaxMoreRows);
    }

    [Fact]
    public async Task Enabling_again_looks_up_whose_an_hourly_row_is_only_where_it_is_later_than_the_last_billing()
    {
        await using var panel = await TestPanel.StartAsync();
        var end = new DateTimeOffset(await panel.Database.ScalarAsync<DateTime>("select date_trunc('hour', now(), 'UTC')"));
        await panel.AddServerAsync(1, userId: 1, 7.30m, end.AddDays(-31));
        await panel.EnableAsync();
        await panel.BillAsync(end.AddDays(-30));
        await PanelEngine.BillAsync(panel, 1, end.AddDays(-30), 720);
        var before = await RowsReadAsync(panel);

        Assert.Equal(720, (await panel.EnableAsync()).PassedOverHours);

        var read = (await RowsReadAsync(panel)).ToDictionary(row => row.Key, row => row.Value - before.GetValueOrDefault(row.Key));
        Assert.True(read[Hours] >= 720, "the hourly rows were not read");
        Assert.InRange(read["cron_service.panel_rows"], 0, MaxMoreRows);
    }

    [Fact]
    public async Task A_run_after_the_panel_enrols_a_server_again_that_had_no_row_at_the_enabling_reads_none_of_the_hours_before()
    {
        await using var panel = await TestPanel.StartAsync();
        var end = new DateTimeOffset(await panel.Database.ScalarAsync<DateTime>("select date_trunc('hour', now(), 'UTC')"));
        await panel.AddServerAsync(1, userId: 1, 7.30m, end.AddDays(-30));
        await panel.AddServerAsync(2, userId: 1, 7.30m, end.AddDays(-30));
        await panel.ObserveAsync(end.AddDays(-30));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 2");
        await panel.ObserveAsync(end.AddDays(-30).AddMinutes(5));
        await PanelEngine.BillAsync(panel, 1, end.AddDays(-30), 719);
        await panel.EnableAsync();
        await panel.Database.ExecuteAsync(EnrolAgainSql, ("server", 2), ("billed_at",
            DateTime.SpecifyKind(end.AddHours(-1).UtcDateTime, DateTimeKind.Unspecified)));
        await DisableScansAsync(panel);
        var before = await RowsReadAsync(panel);

        Assert.Equal(1, (await panel.BillAsync(end)).Hours);

        Assert.InRange((await RowsReadAsync(panel))[Hours] - before[Hours], 0, MaxMoreRows);
        Assert.Equal(0, await panel.CountAsync("cron_service.enrolments where taken_over_at is null"));
    }

    /// <summary>Bills months, then charges an hour in which a server is new and another's price has changed, beats and shows the
    /// status.</summary>
    /// <returns>The rows that this read, by table.</returns>
    private static async Task<Dictionary<string, long>> ReadAfterAsync(int months)
    {
        await using var panel = await TestPanel.StartAsync();
        var end = new DateTimeOffset(await panel.Database.ScalarAsync<DateTime>("select date_trunc('hour', now(), 'UTC')"));
        for (var server = 1; server <= Servers; server++)
            await panel.AddServerAsync(server, userId: 1 + server % 4, 7.30m, end.AddMonths(-months));
        await panel.EnableAsync();
        for (var days = 30 * months - 1; days > 0; days -= 5)
            await panel.BillAsync(end.AddDays(-days));
        await panel.SetAsync(5, "monthly_price = 8");
        await panel.BillAsync(end.AddHours(-3));
        await panel.BillAsync(end.AddHours(-1));
        await panel.Database.ExecuteAsync(CloseSql);
        await panel.Database.ExecuteAsync(LeftoversSql, ("rows", 100 * months));
        await DisableScansAsync(panel);
        var heartbeat = panel.Services.GetRequiredService<Heartbeat>();
        await heartbeat.BeatAsync(Ct);
        await panel.Database.ExecuteAsync("analyze");
        await panel.AddServerAsync(Servers + 1, userId: 1, 7.30m, end.AddHours(-1));
        var before = await RowsReadAsync(panel);

        await panel.BillAsync(end);
        await panel.Database.ExecuteAsync(CloseSql);
        await heartbeat.BeatAsync(Ct);
        await ActivatorUtilities.CreateInstance<StatusFunctions>(panel.Services).ReadAsync(Ct);

        return (await RowsReadAsync(panel)).ToDictionary(read => read.Key, read => read.Value - before.GetValueOrDefault(read.Key));
    }

    // Otherwise the planner reads small tables whole.
    private static async Task DisableScansAsync(TestPanel panel)
    {
        var database = await panel.Database.ScalarAsync<string>("select current_database()");
        await panel.Database.ExecuteAsync($"alter database {database} set enable_seqscan = off");
    }

    private static async Task<Dictionary<string, long>> RowsReadAsync(TestPanel panel)
    {
        panel.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        panel.Database.Source.Clear();
        while (await panel.Database.ScalarAsync<long>(OthersSql) > 0)
            await Task.Yield();
        return (await panel.Database.Source.QueryAsync(RowsReadSql, row => (row.GetString(0), row.GetInt64(1)),
            Ct)).ToDictionary();
    }
}
