using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Tests.Jobs;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Health;

public sealed class ExaminationTests
{
    [Fact]
    public async Task A_sound_installation_has_nothing_failing_and_is_as_it_was_afterwards()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync(
            "insert into public.server_hourly_billing_settings (cron_enabled, hours_per_month) values (true, 730)");
        await panel.Database.ExecuteAsync(
            "insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now(), 1, true)");
        await panel.Database.ExecuteAsync("insert into cron_service.heartbeat (last_beat_at) values (now())");

        var findings = await ExamineAsync(panel);

        Assert.DoesNotContain(findings.Values, finding => finding.State == FindingState.Failing);
        Assert.All(["database", "pooler", "clock", "panel", "rights", "migrations", "settings", "secrets", "virtfusion", "disk",
            "heartbeat"], name => Assert.Equal(FindingState.Ok, findings[name].State));
        Assert.All(["app-configuration", "discord", "paypal", "backup"], name => Assert.Equal(FindingState.Off, findings[name].State));
        Assert.Equal(1, await panel.Database.ScalarAsync<long>(
            "select count(*) from public.server_hourly_billing_settings where cron_enabled and hours_per_month = 730"));
    }

    [Theory]
    [InlineData("virtfusion", "refuses the API token", 401)]
    [InlineData("virtfusion", "too many calls", 429)]
    [InlineData("virtfusion", "answers 403", 403)]
    public async Task What_virtfusion_answers_is_told(string name, string says, int status)
    {
        await using var panel = await BilledAsync();
        panel.VirtFusion.Faults.Add("GET", "", Fault.Answer(status, """{"msg":"no"}"""));

        var finding = (await ExamineAsync(panel))[name];

        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
        Assert.NotNull(finding.Advice);
        Assert.DoesNotContain(panel.VirtFusion.ApiToken, finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_first_customer_whom_virtfusion_no_longer_knows_is_no_failure()
    {
        await using var panel = await BilledAsync();
        panel.VirtFusion.Faults.Add("GET", "", Fault.Answer(404, """{"msg":"no such user"}"""));

        Assert.Equal(FindingState.Ok, (await ExamineAsync(panel))["virtfusion"].State);
    }

    [Fact]
    public async Task A_trigger_that_changes_settings_back_is_found()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("""
            insert into public.server_hourly_billing_settings (cron_enabled) values (true);
            create function public.keep_on() returns trigger language plpgsql as $$ begin new.cron_enabled := true; return new; end $$;
            create trigger keep_on before update on public.server_hourly_billing_settings for each row execute function public.keep_on();
            """);

        Assert.Equal(FindingState.Failing, (await ExamineAsync(panel))["settings"].State);
    }

    [Fact]
    public async Task A_script_that_was_not_run_is_named()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("delete from cron_service.migrations where scriptname like '%0001_ledger.sql'");

        Assert.Contains("0001_ledger.sql", (await ExamineAsync(panel))["migrations"].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_answer_holds_up_nobody_longer_than_ten_seconds()
    {
        await using var panel = await BilledAsync();
        var (time, gate) = (new HandTimer(TimeSpan.FromSeconds(10)), new RequestGate());
        panel.VirtFusion.Faults.Add("GET", "", Fault.Hold(gate));
        var looking = ActivatorUtilities.CreateInstance<OutsideFindings>(panel.Services, time)
            .FindAsync(TestContext.Current.CancellationToken);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        while (time.Running > 1) // What does answer has done so.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        time.RunOut();

        var findings = (await looking).ToDictionary(finding => finding.Name);
        Assert.Contains("hasn't answered within 10 seconds", findings["virtfusion"].Message, StringComparison.Ordinal);
        Assert.Equal(FindingState.Off, findings["discord"].State);
        gate.Open();
    }

    [Theory]
    [InlineData("", FindingState.Ok, "A pooler is between")]
    [InlineData(";Max Auto Prepare=10", FindingState.Warning, "Max Auto Prepare")]
    public async Task A_pooler_is_noticed_and_what_does_not_go_with_it(string more, FindingState state, string says)
    {
        await using var panel = await BilledAsync();
        var direct = new NpgsqlConnectionStringBuilder(panel.Database.ConnectionString);
        using var pooler = new Pooler(direct.Port);
        direct.Port = pooler.Port;
        await using var through = NpgsqlDataSource.Create($"{direct};SSL Mode=Disable;GSS Encryption Mode=Disable{more}");

        var finding = (await new DatabaseFindings(through, TimeProvider.System).FindAsync(TestContext.Current.CancellationToken))
            .Single(one => one.Name == "pooler");
        Assert.Equal(state, finding.State);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trigger_that_turns_the_panels_switch_back_is_found(bool isOn)
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync($"""
            insert into public.server_hourly_billing_settings (cron_enabled) values ({isOn}), (false);
            create function public.turn_back() returns trigger language plpgsql as 'begin return old; end';
            create trigger turn_back before update on public.server_hourly_billing_settings
                for each row execute function public.turn_back();
            """);

        Assert.Contains("Look for triggers", (await ExamineAsync(panel))["settings"].Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_found()
    {
        await using var panel = await BilledAsync();
        var wrong = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(-1));

        var finding = (await new DatabaseFindings(panel.Database.Source, wrong).FindAsync(TestContext.Current.CancellationToken))
            .Single(one => one.Name == "clock");
        Assert.Matches(@"differ by [6-9]\d\b", finding.Message);
    }

    [Fact]
    public async Task A_stored_secret_that_cannot_be_decrypted_is_named_and_nothing_else_goes_unseen()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync(
            "insert into cron_service.secrets (name, ciphertext, updated_by) values ('discord_webhook_url', 'CfDJ8AAAA', 'ann')");

        var findings = await ExamineAsync(panel);
        Assert.Equal(FindingState.Failing, findings["secrets"].State);
        Assert.Contains("discord_webhook_url", findings["secrets"].Message, StringComparison.Ordinal);
        Assert.Equal(FindingState.Failing, findings["discord"].State);
        Assert.Equal(FindingState.Ok, findings["virtfusion"].State);
    }

    [Fact]
    public async Task A_row_of_settings_that_somebody_deleted_is_told_alike_by_doctor_and_status()
    {
        const string InForce = "In force: '5 * * * *', 744 hours a month.";
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await BilledAsync();
        var settings = panel.Services.GetRequiredService<BillingSettings>();
        await StoreAsync();
        Assert.Equal((null, FindingState.Ok), ((await settings.ReadAsync(ct)).Alert, (await ExamineAsync(panel))["settings"].State));

        // The keys of settings say the same still: nothing else changes.
        await panel.Database.ExecuteAsync("delete from public.server_hourly_billing_settings");
        foreach (var look in new[] { 1, 2 })
        {
            var read = await settings.ReadAsync(ct);
            Assert.Equal((look, true, $"server_hourly_billing_settings.cron_schedule: there is no row. {InForce}"),
                (look, read.Enabled, read.Alert));
        }
        var finding = (await ExamineAsync(panel))["settings"];
        Assert.Equal((FindingState.Warning, $"server_hourly_billing_settings has no row. {InForce}"), (finding.State, finding.Message));

        await StoreAsync();
        Assert.Equal((null, FindingState.Ok), ((await settings.ReadAsync(ct)).Alert, (await ExamineAsync(panel))["settings"].State));

        Task StoreAsync() => panel.Database.InOneAsync(change => settings.WriteAsync(change.Connection!,
            new(true, true, Schedule.Parse("5 * * * *"), 744, null, TestPanel.Ann), ct));
    }

    [Fact]
    public async Task What_stops_billing_is_told_in_the_words_of_monitoring_and_with_what_to_do()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("""
            insert into cron_service.interlock (signal, reading, changed_at, message) values ('x', '1', now(), 'rows appeared');
            insert into cron_service.holds (scope, from_hour, until_hour, hours, reason)
                values ('run', '2026-01-01Z', '2026-01-01 01:00Z', 1, 'bound');
            update cron_service.customer_policy set notices_enabled = true;
            update cron_service.jobs set enabled = true where job = 'monitoring';
            insert into cron_service.pauses (job, paused_by, note) values ('monitoring', 'Ann', 'for the test')
            """);
        // The second time no alert is added to the outbox.
        foreach (var _ in new[] { 1, 2 })
            await panel.Services.GetRequiredService<Checks>().RunEachMinuteAsync(TestContext.Current.CancellationToken);
        var stored = await panel.Services.GetRequiredService<CheckRecords>().ListAsync(TestContext.Current.CancellationToken);

        var findings = await ExamineAsync(panel);

        Assert.All(stored, check => Assert.Equal((check.State, check.Message),
            (findings[check.Name].CheckState, findings[check.Name].Text)));
        foreach (var name in new[] { "interlock", "held", "notices" })
            Assert.True(findings[name] is { IsFailing: true, Advice: not null }, name);
        Assert.Contains("rows appeared", findings["interlock"].Message, StringComparison.Ordinal);
        Assert.Equal(FindingState.Warning, findings["schedule of monitoring"].State);
        Assert.Contains("paused by Ann", findings["schedule of monitoring"].Message, StringComparison.Ordinal);
    }

    private static async Task<TestPanel> BilledAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 10m, new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await panel.BillAsync(new(2026, 3, 1, 1, 0, 0, TimeSpan.Zero));
        return panel;
    }

    private static async Task<Dictionary<string, Finding>> ExamineAsync(TestPanel panel) =>
        (await panel.Services.GetRequiredService<Examination>().ExamineAsync(TestContext.Current.CancellationToken))
            .ToDictionary(finding => finding.Name);
}
