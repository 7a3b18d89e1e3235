using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class RunEndTests
{
    [Fact]
    public async Task A_run_that_has_ended_is_no_failure_though_the_panel_can_not_be_told_of_it()
    {
        await using var panel = await TestPanel.StartAsync();
        Assert.Equal(RunStatus.Succeeded, (await panel.RunAsync("hourly-billing")).Status);
        await panel.Database.ExecuteAsync("drop table public.server_hourly_billing_settings");

        Assert.Equal(RunStatus.Succeeded, (await panel.RunAsync("hourly-billing")).Status);
    }

    // What has no lease is closed as dead by any heartbeat.
    [Fact]
    public async Task A_run_that_waits_to_be_closed_keeps_its_lease_for_as_long()
    {
        var ct = TestContext.Current.CancellationToken;
        var job = new TestJob("nightly");
        await using var panel = await TestPanel.StartAsync(job.Register, ("Jobs:LeaseTimeToLive", "00:00:05"));
        var held = new TaskCompletionSource<HeldRows>();
        job.Step = async (_, _) =>
        {
            held.SetResult(await HeldRows.HoldAsync(panel.Database, "select from cron_service.runs for update"));
            return new(RunStatus.Succeeded, null, []);
        };
        var run = job.TriggerAsync(panel.Services);
        await using var row = await held.Task.WaitAsync(TimeSpan.FromMinutes(2), ct);
        await panel.Database.BlockedAsync(1);

        const string WasRenewed = "select expires_at > acquired_at + interval '8 seconds' and expires_at > now() from " +
            "cron_service.leases where job = 'nightly'";
        for (var tries = 0; !await panel.Database.ScalarAsync<bool>(WasRenewed); tries++)
        {
            Assert.True(tries < 400);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
        Assert.Equal(0, await panel.Services.GetRequiredService<Retries>().CloseDeadAsync(ct));
        await row.LetGoAsync();

        Assert.Equal(RunStatus.Succeeded, (await run).Status);
    }

    // Npgsql calls both the same; who is on call has to look in different places.
    [Fact]
    public async Task A_run_that_the_database_gave_no_answer_says_whether_it_took_too_long_or_was_cut_off()
    {
        var job = new TestJob("nightly") { Step = (_, _) => throw new NpgsqlException("Exception while reading from stream",
            new TimeoutException("Timeout during reading attempt")) };
        await using var panel = await TestPanel.StartAsync(job.Register);

        var outcome = await job.TriggerAsync(panel.Services);

        const string Told = "the database gave no answer: Exception while reading from stream (Timeout during reading attempt)";
        Assert.Equal((RunStatus.Failed, Told), (outcome.Status, outcome.Message));
        Assert.Equal(new RunError("database", null, Told), Assert.Single(outcome.Errors));
    }
}
