using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>Rows that are open though their lease has run out, closed by whichever process beats next.</summary>
public sealed class DeadRunsTests : IAsyncLifetime
{
    private readonly TestJob _job = new("nightly");
    private TestPanel _panel = null!;

    public async ValueTask InitializeAsync() => _panel = await TestPanel.StartAsync(_job.Register);

    public ValueTask DisposeAsync() => _panel.DisposeAsync();

    private Task<int> CloseAsync() => _panel.Services.GetRequiredService<Retries>().CloseDeadAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_heartbeat_closes_what_has_no_successor_of_any_job_and_nothing_that_lives()
    {
        await _panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by) values ('retired', 'manual', 'a'), ('dns-renewal', 'manual', 'a'),
                ('long', 'manual', 'a'), ('backup', 'manual', 'a');
            insert into cron_service.leases (job, holder, acquired_at, expires_at) values
                ('long', 'a', now(), now() + interval '1 minute'), ('retired', 'a', now(), now() - interval '1 second'),
                ('dns-renewal', 'a', now(), now())
            """);

        await _panel.Services.GetRequiredService<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal("backup abandoned, dns-renewal abandoned, long running, retired abandoned", await _panel.Database.ScalarAsync<string>(
            "select string_agg(job || ' ' || status, ', ' order by job) from cron_service.runs where requested_by = 'a'"));
        Assert.Equal(0, await _panel.Database.ScalarAsync<long>("select count(*) from cron_service.runs where retry_at is not null"));
    }

    [Theory]
    [InlineData("update cron_service.leases set expires_at = now() + interval '1 minute'")]
    [InlineData("select from cron_service.leases for share")]
    public async Task A_run_whose_lease_is_being_renewed_or_that_commits_just_now_is_left_alone(string holds)
    {
        var ct = TestContext.Current.CancellationToken;
        await DieAsync("schedule");
        await using (var connection = await _panel.Database.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await connection.ExecuteAsync(holds, ct);
            Assert.Equal(0, await CloseAsync());
            await transaction.RollbackAsync(ct);
        }

        Assert.Equal("schedule 1 running", await _job.RunsAsync(_panel));
        Assert.Equal(1, await CloseAsync());
        Assert.Equal("schedule 1 abandoned", await _job.RunsAsync(_panel));
    }

    [Theory]
    [InlineData("schedule", "select 1", true)]
    [InlineData("manual", "select 1", false)]
    [InlineData("schedule", "update cron_service.jobs set enabled = false where job = 'nightly'", false)]
    [InlineData("schedule", "insert into cron_service.runs (job, trigger, requested_by, finished_at, status) values ('nightly', " +
        "'manual', 'ann', now(), 'succeeded')", false)]
    public async Task What_was_closed_is_run_again_as_if_its_own_process_had_closed_it(string trigger, string then, bool isRunAgain)
    {
        await DieAsync(trigger);
        await _panel.Database.ExecuteAsync(then);

        Assert.Equal(1, await CloseAsync());
        Assert.Equal(0, await CloseAsync());

        Assert.Equal(isRunAgain, await _panel.Database.ScalarAsync<bool>(
            "select coalesce(retry_at - finished_at between interval '60 seconds' and interval '75 seconds', false) from " +
                "cron_service.runs where status = 'abandoned'"));
        Assert.Equal(isRunAgain ? 1 : 0, await _job.PassBackOffAsync(_panel));
        if (isRunAgain)
        {
            await _job.WakeAsync(_panel.Services);
            Assert.Equal("schedule 1 abandoned, retry 2 succeeded", await _job.RunsAsync(_panel));
        }
    }

    private async Task DieAsync(string trigger)
    {
        await _job.MakeDueAsync(_panel);
        await _panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, scheduled_for)
                values ('nightly', @trigger, 'scheduler', case when @trigger = 'schedule' then now() end);
            insert into cron_service.leases (job, holder, acquired_at, expires_at)
                values ('nightly', 'h', now() - interval '1 minute', now() - interval '1 second')
            """, ("trigger", trigger));
    }
}
