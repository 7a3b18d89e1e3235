using SkyPanel.Functions.Health;

namespace SkyPanel.Functions.Tests.Health;

/// <summary>A failure is told when nothing more is done about it by itself, and counts once, however often it was tried.</summary>
public sealed class RunLogChecksTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await database.ExecuteAsync("delete from cron_service.runs; delete from cron_service.jobs");
        await database.ExecuteAsync("insert into cron_service.jobs (job, enabled) values ('hourly-billing', true), ('backup', true), " +
            "('maintenance', false)");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("billing-run", "hourly-billing")]
    [InlineData("job-runs", "backup")]
    public async Task A_run_that_failed_is_told_when_it_is_not_run_again(string check, string job)
    {
        await RunAsync(job, "succeeded");
        Assert.Equal(CheckState.Ok, await StateAsync(check));

        var failed = await RunAsync(job, "failed", retryAt: "now() + interval '1 minute'");
        Assert.Null(await StateAsync(check));

        var retry = await RunAsync(job, "running", retryOf: failed);
        await database.ExecuteAsync("update cron_service.runs set retry_at = now() - interval '10 minutes' where retry_at is not null");
        Assert.Null(await StateAsync(check));

        await database.ExecuteAsync("update cron_service.runs set status = 'failed', finished_at = now(), message = 'told so' where id = " +
            "@id", ("id", retry));
        Assert.Equal(CheckState.Failing, await StateAsync(check));

        await RunAsync(job, "succeeded", retryOf: retry);
        Assert.Equal(CheckState.Ok, await StateAsync(check));
    }

    [Theory]
    [InlineData("billing-run", "hourly-billing")]
    [InlineData("job-runs", "backup")]
    public async Task A_retry_that_nobody_starts_is_told_after_five_minutes(string check, string job)
    {
        await RunAsync(job, "failed", retryAt: "now() - interval '4 minutes'");
        Assert.Null(await StateAsync(check));

        await database.ExecuteAsync("update cron_service.runs set retry_at = now() - interval '6 minutes'");
        Assert.Equal(CheckState.Failing, await StateAsync(check));
    }

    [Theory]
    [InlineData("billing-run", "hourly-billing")]
    [InlineData("job-runs", "backup")]
    public async Task A_run_that_was_cut_off_is_told_after_five_minutes_and_one_that_a_person_stopped_is_not(string check,
        string job)
    {
        var run = await RunAsync(job, "cancelled");
        Assert.Equal(CheckState.Ok, await StateAsync(check));

        await database.ExecuteAsync("update cron_service.runs set is_cut_off = true where id = @id", ("id", run));
        Assert.Null(await StateAsync(check));

        await database.ExecuteAsync("update cron_service.runs set finished_at = now() - interval '6 minutes'");
        Assert.Equal(CheckState.Failing, await StateAsync(check));

        await RunAsync(job, "succeeded");
        Assert.Equal(CheckState.Ok, await StateAsync(check));
    }

    [Fact]
    public async Task A_job_that_is_off_is_not_told()
    {
        await RunAsync("maintenance", "failed");

        Assert.Equal(CheckState.Ok, await StateAsync("job-runs"));
    }

    [Theory]
    [InlineData(2, CheckState.Ok)]
    [InlineData(3, CheckState.Failing)]
    public async Task In_the_error_rate_a_failure_counts_once_with_all_its_retries(int failures, CheckState state)
    {
        for (var failure = 0; failure < failures; failure++)
        {
            var first = await RunAsync("backup", "failed");
            await RunAsync("backup", "failed", retryOf: await RunAsync("backup", "failed", retryOf: first));
        }
        for (var mended = 0; mended < 5; mended++)
            await RunAsync("backup", "succeeded", retryOf: await RunAsync("backup", "failed"));

        Assert.Equal(state, await StateAsync("error-rate"));
    }

    private async Task<CheckState?> StateAsync(string name) =>
        (await new RunLogChecks(database.Source).All.Single(check => check.Name == name)
            .RunAsync(new(false, []), TestContext.Current.CancellationToken))?.CheckState;

    private async Task<long> RunAsync(string job, string status, string retryAt = "null", long? retryOf = null) =>
        await database.ScalarAsync<long>($"""
            insert into cron_service.runs (job, trigger, requested_by, started_at, finished_at, status, attempt, retry_of, retry_at)
            values (@job, case when @retry_of::bigint is null then 'schedule' else 'retry' end, 'scheduler', clock_timestamp(), case
                when @status <> 'running' then clock_timestamp() end, @status,
                    case when @retry_of::bigint is null then 1 else 2 end, @retry_of::bigint, {retryAt})
            returning id
            """, ("job", job), ("status", status), ("retry_of", retryOf));
}
