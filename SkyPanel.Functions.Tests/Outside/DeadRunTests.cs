using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class DeadRunTests
{
    private const string Runs = "select string_agg(status, ', ' order by id) from cron_service.runs where job = 'hourly-billing'";

    // Before the take-over the job is disabled: no run of its own would ever close it.
    [Fact]
    public async Task A_killed_run_of_a_disabled_job_is_closed_by_another_process_within_its_beat_and_one_that_lives_past_many_is_not()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(3));
        (string, string)[] settings = [("Jobs__LeaseTimeToLive", "00:00:05"), ("Cron__Heartbeat__Schedule", "* * * * * *")];
        var (killed, gate) = (await panel.StartAppAsync(settings), new RequestGate());
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Hold(gate), times: 1);
        var triggered = killed.Http.PostAsync(OutsidePanel.Trigger, null, ct);
        await gate.WaitForArrivalsAsync(1, ct);
        await killed.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => triggered);
        gate.Open();
        Assert.Equal("running", await panel.ScalarAsync<string>(Runs));

        var app = await panel.StartAppAsync(settings);
        await panel.UntilAsync("select exists (select from cron_service.runs where status = 'abandoned')");
        await app.SaysAsync("Runs whose process died, closed as abandoned: 1");
        Assert.Equal(3, await panel.ScalarAsync<long>("select hours_billed from cron_service.runs"));
        Assert.Null(await panel.ScalarAsync<DateTime?>("select retry_at from cron_service.runs"));

        var lives = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(lives), times: 1);
        var alive = app.PostAsync(OutsidePanel.Trigger);
        await lives.WaitForArrivalsAsync(1, ct);
        await panel.UntilAsync("select expires_at > acquired_at + interval '10 seconds' from cron_service.leases where job = " +
            "'hourly-billing'");
        Assert.Equal("abandoned, running", await panel.ScalarAsync<string>(Runs));
        lives.Open();
        Assert.Contains((await alive).Body["status"]!.GetValue<string>(), new[] { "succeeded", "partial" });
        await panel.BooksBalanceAsync();
    }
}
