using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Doctor;
using SkyPanel.LocalWorker.Simulators;

namespace SkyPanel.Functions.Tests.Doctor;

public sealed class ExaminationTests
{
    [Fact]
    public async Task A_sound_installation_has_nothing_failing_and_is_as_it_was_afterwards()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled, hours_per_month) values (true, 730)");
        await panel.Database.ExecuteAsync("insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now(), 1, true)");

        var findings = await ExamineAsync(panel);

        Assert.DoesNotContain(findings.Values, finding => finding.State == "failing");
        Assert.All(["database", "rights", "migrations", "clock", "settings", "virtfusion", "disk"], name => Assert.Equal("ok", findings[name].State));
        Assert.All(["discord", "backup"], name => Assert.Equal("off", findings[name].State));
        Assert.Equal(1, await panel.Database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings where cron_enabled and hours_per_month = 730"));
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
    public async Task A_trigger_that_changes_settings_back_is_found()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("""
            insert into public.server_hourly_billing_settings (cron_enabled) values (true);
            create function public.keep_on() returns trigger language plpgsql as $$ begin new.cron_enabled := true; return new; end $$;
            create trigger keep_on before update on public.server_hourly_billing_settings for each row execute function public.keep_on();
            """);

        Assert.Equal("failing", (await ExamineAsync(panel))["settings"].State);
    }

    [Fact]
    public async Task A_script_that_was_not_run_is_named()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("delete from cron_service.migrations where scriptname like '%0001_panel_tables.sql'");

        Assert.Contains("0001_panel_tables.sql", (await ExamineAsync(panel))["migrations"].Message, StringComparison.Ordinal);
    }

    private static async Task<TestPanel> BilledAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 10m, new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await panel.BillAsync(new(2026, 3, 1, 1, 0, 0, TimeSpan.Zero));
        return panel;
    }

    private static async Task<Dictionary<string, Finding>> ExamineAsync(TestPanel panel) =>
        (await panel.Services.GetRequiredService<Examination>().ExamineAsync(TestContext.Current.CancellationToken)).ToDictionary(finding => finding.Name);
}
