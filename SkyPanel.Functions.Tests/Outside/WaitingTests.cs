using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class WaitingTests
{
    private const string Maintenance = "/api/admin/cron/jobs/maintenance/settings";
    private const string Backup = "/api/admin/cron/jobs/backup/settings";

    [Fact]
    public async Task An_admin_lets_maintenance_wait_for_the_backup_and_the_status_the_run_and_a_refusal_say_so()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Backup__Folder", Path.GetDirectoryName(panel.SchedulesFile)!),
            ("Cron__Heartbeat__Schedule", "* * * * * *"));
        Assert.Equal("[]", (await app.GetAsync(Maintenance)).Body["waitsFor"]!.ToJsonString());
        Assert.Equal("""["backup"]""",
            (await app.PutAsync(Maintenance, new { waitsFor = new[] { "backup" } })).Body["waitsFor"]!.ToJsonString());

        var (status, refusal) = await app.PutAsync(Backup, new { waitsFor = new[] { "monitoring", "maintenance" }, note = "not stored" });
        Assert.Equal((HttpStatusCode.BadRequest, "waitsFor"), (status, refusal["field"]!.GetValue<string>()));
        Assert.Contains("backup → maintenance → backup", refusal["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(("[]", null), ((await app.GetAsync(Backup)).Body["waitsFor"]!.ToJsonString(),
            (string?)(await app.GetAsync(Backup)).Body["note"]));

        await panel.Database.ExecuteAsync("""
            update cron_service.jobs set enabled_at = now() - interval '1 day', schedule_changed_at = now() - interval '1 day',
                schedule = '0 0 * * *' where job = 'maintenance'
            """);
        await app.SaysAsync("Maintenance is due and waits for backup, which never ran");
        var waiting = (await app.GetAsync(OutsidePanel.Status)).Body["cronStatus"]!["maintenance"]!;
        Assert.Equal("""["backup"] ["backup, which never ran"]""",
            $"{waiting["waitsFor"]!.ToJsonString()} {waiting["waitingFor"]!.ToJsonString()}");

        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync("/api/admin/cron/jobs/backup/trigger")).Status);
        await panel.UntilAsync("select exists (select from cron_service.runs where job = 'maintenance' and status = 'succeeded')");
        var run = (await app.GetAsync("/api/admin/cron/logs?job=maintenance")).Body["runs"]![0]!;
        Assert.Equal(("backup", "schedule"), (run["waitedFor"]![0]!["job"]!.GetValue<string>(), run["trigger"]!.GetValue<string>()));
        Assert.Equal("[]", (await app.GetAsync(OutsidePanel.Status)).Body["cronStatus"]!["maintenance"]!["waitingFor"]!.ToJsonString());
        Assert.Equal(1, await panel.ScalarAsync<long>("""
            select count(*) from cron_service.audit where action = 'change-settings' and subject = 'maintenance'
                and before -> 'waitsFor' = '[]' and after -> 'waitsFor' = '["backup"]'
            """));
    }
}
