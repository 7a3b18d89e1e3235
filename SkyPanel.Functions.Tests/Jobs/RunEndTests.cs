using Npgsql;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class RunEndTests
{
    [Fact]
    public async Task A_run_that_has_ended_is_no_failure_though_the_panel_can_not_be_told_of_it()
    {
        await using var panel = await TestPanel.StartAsync();
        Assert.Equal("succeeded", (await panel.RunAsync("hourly-billing")).Status);
        await panel.Database.ExecuteAsync("drop table public.server_hourly_billing_settings");

        Assert.Equal("succeeded", (await panel.RunAsync("hourly-billing")).Status);
    }

    // Npgsql calls both the same; who is on call has to look in different places.
    [Fact]
    public async Task A_run_that_the_database_gave_no_answer_says_whether_it_took_too_long_or_was_cut_off()
    {
        var job = new TestJob("nightly") { Step = (_, _) => throw new NpgsqlException("Exception while reading from stream", new TimeoutException("Timeout during reading attempt")) };
        await using var panel = await TestPanel.StartAsync(job.Register);

        var outcome = await job.TriggerAsync(panel.Services);

        const string Told = "the database gave no answer: Exception while reading from stream (Timeout during reading attempt)";
        Assert.Equal(("failed", Told), (outcome.Status, outcome.Message));
        Assert.Equal(new RunError("database", null, Told), Assert.Single(outcome.Errors));
    }
}
