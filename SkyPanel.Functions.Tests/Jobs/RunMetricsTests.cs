using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class RunMetricsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly DateTimeOffset May = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_job_is_told_by_its_rates_and_its_durations()
    {
        //                  day  hour  ms      status        billed  hours tokens errors
        await RunAsync("hourly-billing", 0, 1, 100, "succeeded", 1.25m, 10, 125, 0);
        await RunAsync("hourly-billing", 0, 2, 200, "succeeded", 0.50m, 4, 50, 0);
        await RunAsync("hourly-billing", 0, 23, 300, "partial", 0.25m, 2, 25, 3);
        await RunAsync("hourly-billing", 1, 0, 9_000, "failed", 0m, 0, 0, 1);
        await RunAsync("hourly-billing", 1, 1, 5, "skipped", 0m, 0, 0, 0);
        await RunAsync("monitoring", 1, 1, 50, "succeeded", 0m, 0, 0, 0);
        await database.ExecuteAsync("update cron_service.runs set trigger = 'retry', attempt = 2, retry_of = 7 where job = 'monitoring'");
        await RunAsync("monitoring", 2, 0, 50, "failed", 0m, 0, 0, 0); // At the end, which is exclusive.

        var metrics = new RunMetrics(database.Source);
        var jobs = await metrics.JobsAsync(May, May.AddDays(2), TestContext.Current.CancellationToken);

        Assert.Equal(
        [
            new("hourly-billing", 5, 2, 1, 1, 0, 1, 0.75, 0.25, 4, 0, new(200, 9000, 9000, 9000), 0),
            new("monitoring", 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, new(50, 50, 50, 50), 1),
        ], jobs);
    }

    private Task<int> RunAsync(string job, int day, int hour, int milliseconds, string status, decimal billed, int hours, int tokens,
        int errors) =>
        database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, started_at, finished_at, status, total_billed, hours_billed,
                tokens_debited, error_count)
            values (@job, 'manual', 'test', @started, @started + @ms * interval '1 millisecond', @status, @billed, @hours, @tokens, @errors)
            """, ("job", job), ("started", May.AddDays(day).AddHours(hour).UtcDateTime), ("ms", milliseconds), ("status", status),
                ("billed", billed), ("hours", hours),
            ("tokens", tokens), ("errors", errors));
}
