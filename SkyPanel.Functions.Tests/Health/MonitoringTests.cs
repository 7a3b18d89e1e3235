using SkyPanel.Functions.Health;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Health;

public sealed class MonitoringTests
{
    private static readonly Fault Down = Fault.Answer(503).With("Retry-After", "0");

    // The check, what breaks it, what mends it, and what it must say.
    private static readonly (string Check, string Breaks, string Mends, string Says)[] Breaks =
    [
        ("held", $"insert into cron_service.holds (scope, from_hour, until_hour, hours, reason) values ('run', '2026-01-01Z', " +
            $"'2026-01-01 01:00Z', 1, 'bound'); {Debit(5, "held")}",
            "update cron_service.holds set state = 'rejected'; update cron_service.debits set state = 'voided' where state = 'held'",
                "0 holds and 1 debits wait"),
        ("wallets", Debit(6, "in_doubt"), "update cron_service.debits set deadline = now() where state = 'in_doubt'", "fate of 1 debits"),
        ("debit-backlog", Debit(7, "pending", "now() - interval '31 minutes'"),
            "update cron_service.debits set next_attempt_at = now() where state = 'pending'", "1 of 1 pending debits"),
        ("billing-run", Run("hourly-billing", "failed"), Run("hourly-billing", "succeeded"), "failed: told so. The next run goes on"),
        ("job-runs", Run("maintenance", "failed"), Run("maintenance", "succeeded"), "of maintenance failed: told so"),
        ("error-rate", $"{Run("backup", "failed")}; {Run("backup", "abandoned")}; {Run("backup", "failed")}",
            "delete from cron_service.runs where job = 'backup'", "backup: 3 of 3"),
        ("interlock", "insert into cron_service.interlock (signal, reading, changed_at, message) values ('x', '1', now(), 'rows that are " +
            "not ours appeared')",
            "delete from cron_service.interlock", "rows that are not ours appeared"),
        ("missed-runs", """
            update cron_service.jobs set schedule = '*/5 * * * *', enabled_at = now() - interval '1 hour',
                schedule_changed_at = now() - interval '1 hour' where job = 'monitoring'
            """, "update cron_service.jobs set enabled = false", "monitoring was due at"),
        ("readings", "insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now() - interval '40 " +
            "minutes', 1, true)",
            "insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now(), 1, true)", "40 minutes old"),
        ("outbox", """
            insert into cron_service.outbox (kind, subject, dedupe_key, payload, state, closed_at, message)
                values ('discord', 's', 'k', '{}', 'discarded', now(), 'Discord answered 400')
            """, "delete from cron_service.outbox where state = 'discarded'", "Discord answered 400"),
        ("integrity", "insert into cron_service.accounts (kind, user_id, owed_amount) values ('customer', 8, 0.5)",
            "update cron_service.accounts set owed_amount = 0 where user_id = 8", "What an account owes"),
    ];

    [Fact]
    public async Task Whatever_breaks_is_told_once_with_what_to_do_and_once_when_it_heals()
    {
        await using var bench = await MonitoringBench.StartAsync();
        Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);
        Assert.Empty(bench.Told);

        foreach (var (_, breaks, _, _) in Breaks)
            await bench.Panel.Database.ExecuteAsync(breaks);
        var outcome = await bench.RunAsync();
        await bench.RunAsync();
        Assert.Equal((RunStatus.Failed, Breaks.Length), (outcome.Status, outcome.Errors.Count));
        Assert.Equal(Breaks.Select(b => $"{b.Check} is broken").Order(), bench.Told.Order());
        Assert.All(Breaks, b => Assert.Contains(b.Says, Description(bench, $"{b.Check} is broken"), StringComparison.Ordinal));

        foreach (var (_, _, mends, _) in Breaks)
            await bench.Panel.Database.ExecuteAsync(mends);
        Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);
        await bench.RunAsync();
        Assert.Equal(Breaks.Select(b => $"{b.Check} is well again").Order(), bench.Told.Skip(Breaks.Length).Order());
        Assert.All(Breaks, b => Assert.Matches(@"^It was broken for 0 h \d min\.",
            Description(bench, $"{b.Check} is well again").Split('\n')[1]));
    }

    [Fact]
    public async Task VirtFusion_down_is_one_message_and_back_is_one_and_nothing_else_is_touched()
    {
        await using var bench = await MonitoringBench.StartAsync();
        await bench.RunAsync();
        bench.Panel.VirtFusion.Faults.Add("*", "", Down);
        for (var run = 0; run < 3; run++)
            Assert.Equal(RunStatus.Partial, (await bench.RunAsync()).Status);
        Assert.Equal(["virtfusion is broken"], bench.Told);

        bench.Panel.VirtFusion.Faults.Clear();
        for (var run = 0; run < 2; run++)
            Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);
        Assert.Equal(["virtfusion is broken", "virtfusion is well again"], bench.Told);
    }

    [Fact]
    public async Task Debits_that_wait_because_billing_is_paused_are_told_as_that()
    {
        await using var bench = await MonitoringBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync(Debit(7, "pending", "now() - interval '31 minutes'"));
        await bench.Panel.Database.ExecuteAsync(
            "insert into cron_service.pauses (job, paused_by, note) values ('hourly-billing', 'Ann', 'prices are being checked')");
        await bench.RunAsync();
        Assert.Contains("1 debits are pending while billing is paused", (await bench.CheckAsync("debit-backlog")).Message,
            StringComparison.Ordinal);

        await bench.Panel.Database.ExecuteAsync("delete from cron_service.pauses");
        await bench.RunAsync();
        Assert.Contains("nobody delivers them", (await bench.CheckAsync("debit-backlog")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_says_which_setting()
    {
        await using var bench = await MonitoringBench.StartAsync();
        bench.Panel.VirtFusion.ApiToken = "rotated";

        await bench.RunAsync();

        Assert.Contains("VirtFusion:ApiToken", (await bench.CheckAsync("virtfusion")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_Discord_is_found_stops_nothing_and_is_told_when_it_is_back()
    {
        await using var bench = await MonitoringBench.StartAsync();
        bench.Discord.Faults.Add("*", "", Fault.Answer(502));
        Assert.Equal(RunStatus.Partial, (await bench.RunAsync()).Status);
        Assert.Equal(CheckState.Failing, (await bench.CheckAsync("discord")).State);
        Assert.Empty(bench.Told);

        bench.Discord.Faults.Clear();
        await bench.RunAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.outbox set next_attempt_at = now() where state = 'pending'");
        await bench.DeliverAsync();
        Assert.Equal(["discord is broken", "discord is well again"], bench.Told);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(10, false)]
    public async Task Adding_up_the_books_takes_no_more_than_a_twentieth_of_the_time(int minutes, bool isRepeated)
    {
        await using var bench = await MonitoringBench.StartAsync();
        await bench.RunAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.checks set checked_at = now() - interval '3 hours', " +
            "took = make_interval(mins => @minutes) where name = 'integrity'", ("minutes", minutes));

        var checks = bench.Panel.Services.GetRequiredService<Checks>();
        var pass = await checks.RunAsync(isByHand: false, fence: null, TestContext.Current.CancellationToken);

        Assert.Equal(isRepeated, pass.Found.ContainsKey("integrity"));
    }

    [Fact]
    public async Task A_dry_run_looks_and_tells_nobody()
    {
        await using var bench = await MonitoringBench.StartAsync();
        bench.Panel.VirtFusion.Faults.Add("*", "", Down);
        var runner = bench.Panel.Services.GetRequiredService<JobRunner>();
        var run = await runner.TriggerAsync(runner.Find("monitoring")!, "test", true, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Partial, (await run!.Value.Outcome).Status);
        Assert.Equal(0, await bench.Panel.Database.ScalarAsync<long>(
            "select (select count(*) from cron_service.outbox) + (select count(*) from cron_service.checks)"));
    }

    private static string Description(MonitoringBench bench, string title) =>
        bench.Discord.Messages.Select(message => message["embeds"]![0]!)
            .Single(embed => embed["title"]!.GetValue<string>() == title)["description"]!.GetValue<string>();

    private static string Debit(int userId, string state, string due = "now()") => $"""
        insert into cron_service.accounts (kind, user_id) values ('customer', {userId});
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, deadline, next_attempt_at)
        select id, 'debit', 1, 0.01, 'r', '{state}', now() - interval '2 hours', {due} from cron_service.accounts where user_id = {userId}
        """;

    private static string Run(string job, string status) =>
        $"insert into cron_service.runs (job, trigger, requested_by, started_at, finished_at, status, message) values ('{job}', " +
            $"'schedule', 't', now(), now(), '{status}', 'told so')";
}
