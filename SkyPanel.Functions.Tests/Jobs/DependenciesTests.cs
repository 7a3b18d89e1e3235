using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>A job <c>tidy</c> that waits for a job <c>copy</c>, through the real runner.</summary>
public sealed class DependenciesTests : IAsyncLifetime
{
    private static readonly RunOutcome Failed = new(RunStatus.Failed, "told so", []);
    private static readonly RunOutcome Succeeded = new(RunStatus.Succeeded, null, []);

    private const string Executes = """
        insert into cron_service.leases (job, holder, acquired_at, expires_at) values ('tidy', 'h', now(), now() + interval '5 minutes');
        insert into cron_service.runs (job, trigger, requested_by, started_at) values ('tidy', 'manual', 'ann',
        """;

    private readonly TestJob _copy = new("copy"), _tidy = new("tidy");
    private TestPanel _panel = null!;

    public async ValueTask InitializeAsync()
    {
        _panel = await TestPanel.StartAsync(services =>
        {
            _copy.Register(services);
            _tidy.Register(services);
        });
        await _tidy.MakeDueAsync(_panel);
        Assert.Null(await WriteAsync("tidy", ["copy"], TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => _panel.DisposeAsync();

    private Task<IReadOnlyList<string>?> WriteAsync(string job, IReadOnlyList<string> waitsFor, CancellationToken ct) =>
        _panel.Database.InOneAsync(change => Dependencies.WriteAsync(change.Connection!, job, waitsFor, ct));

    [Fact]
    public async Task An_occurrence_waits_until_the_other_job_has_succeeded_and_says_for_what_and_how_long()
    {
        _copy.Step = (run, _) => Task.FromResult(run.Attempt == 1 ? Failed : Succeeded);
        await _copy.MakeDueAsync(_panel);
        await _tidy.WakeAsync(_panel.Services);
        Assert.StartsWith("copy, which is due since ", await WaitingAsync(), StringComparison.Ordinal);
        await _copy.WakeAsync(_panel.Services);
        await _tidy.WakeAsync(_panel.Services);
        Assert.StartsWith("copy, whose run 1 failed and is run again at ", await WaitingAsync(), StringComparison.Ordinal);
        Assert.Null(await _tidy.RunsAsync(_panel));

        await _copy.PassBackOffAsync(_panel);
        await _copy.WakeAsync(_panel.Services);

        Assert.Equal(("schedule 1 failed, retry 2 succeeded", "schedule 1 succeeded"),
            (await _copy.RunsAsync(_panel), await _tidy.RunsAsync(_panel)));
        var run = (await _panel.Services.GetRequiredService<RunQueries>()
            .ListAsync("tidy", null, null, null, null, 1, TestContext.Current.CancellationToken))[0];
        var waited = Assert.Single(run.WaitedFor);
        Assert.Equal(("copy", 2), (waited.Job, waited.RunId));
        Assert.InRange(waited.WaitedSeconds, 3600, 3800);
        Assert.Equal("", await WaitingAsync());
    }

    [Fact]
    public async Task A_retry_waits_too_and_the_status_and_its_run_say_for_what_and_how_long()
    {
        await _copy.MakeDueAsync(_panel);
        _tidy.Step = (run, _) => Task.FromResult(run.Attempt == 1 ? Failed : Succeeded);
        await _copy.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 failed", await _tidy.RunsAsync(_panel));
        _copy.Step = (_, _) => Task.FromResult(Failed);
        await _copy.TriggerAsync(_panel.Services);
        Assert.Equal("", await WaitingAsync());

        await _panel.Database.ExecuteAsync("update cron_service.runs set retry_at = now() - interval '10 minutes' where job = 'tidy'");
        await _tidy.WakeAsync(_panel.Services);
        Assert.Equal("copy, whose latest run, 3, ended as failed", await WaitingAsync());
        Assert.Equal("schedule 1 failed", await _tidy.RunsAsync(_panel));

        _copy.Step = (_, _) => Task.FromResult(Succeeded);
        await _copy.TriggerAsync(_panel.Services);
        await _tidy.WakeAsync(_panel.Services);

        Assert.Equal(("schedule 1 failed, retry 2 succeeded", ""), (await _tidy.RunsAsync(_panel), await WaitingAsync()));
        var waited = Assert.Single((await StatesAsync()).Single(job => job.Job.Name == "tidy").LastRun!.WaitedFor);
        Assert.Equal(("copy", 4), (waited.Job, waited.RunId));
        Assert.InRange(waited.WaitedSeconds, 600, 800);
    }

    [Fact]
    public async Task What_waits_past_its_next_occurrence_is_run_once_and_counted()
    {
        await _panel.Database.ExecuteAsync(
            "update cron_service.jobs set enabled_at = enabled_at - interval '2 days', schedule_changed_at = schedule_changed_at - " +
            "interval '2 days' where job = 'tidy'");
        await _tidy.WakeAsync(_panel.Services);
        Assert.Equal("copy, which never ran", await WaitingAsync());

        await _copy.MakeDueAsync(_panel);
        await _copy.WakeAsync(_panel.Services);

        Assert.Equal("catch-up 1 succeeded", await _tidy.RunsAsync(_panel));
        Assert.Equal(2, await _panel.Database.ScalarAsync<int>("select missed_occurrences from cron_service.runs where job = 'tidy'"));
    }

    [Theory]
    [InlineData(RunStatus.Succeeded, "select 1", "")]
    [InlineData(RunStatus.Partial, "select 1", "copy, whose latest run, 1, ended as partial")]
    [InlineData(RunStatus.Failed, "update cron_service.runs set retry_at = null", "copy, whose latest run, 1, ended as failed")]
    [InlineData(RunStatus.Succeeded, "update cron_service.jobs set enabled = false where job = 'copy'", "copy, which is disabled")]
    [InlineData(RunStatus.Succeeded, "insert into cron_service.pauses (job, paused_by, note) values ('copy', 'ann', 'moving house')",
        "copy, which is paused by ann since ")]
    [InlineData(RunStatus.Succeeded, "update cron_service.leases set expires_at = now() + interval '1 minute' where job = 'copy'",
        "copy, which is executing")]
    [InlineData(RunStatus.Succeeded, "update cron_service.jobs set waits_for = '{copy,mining}' where job = 'tidy'",
        "mining, which is no job of this version")]
    public async Task Only_a_job_that_is_on_time_and_succeeded_is_up_to_date(RunStatus status, string then, string waits)
    {
        _copy.Step = (_, _) => Task.FromResult(new RunOutcome(status, null, []));
        await _copy.MakeDueAsync(_panel);
        await _panel.Database.ExecuteAsync("update cron_service.jobs set enabled = false where job = 'tidy'");
        await _copy.WakeAsync(_panel.Services);
        await _panel.Database.ExecuteAsync("update cron_service.jobs set enabled = true where job = 'tidy'");
        await _panel.Database.ExecuteAsync(then);

        Assert.StartsWith(waits, await WaitingAsync(), StringComparison.Ordinal);
        await _tidy.WakeAsync(_panel.Services);
        Assert.Equal(waits.Length == 0 ? "schedule 1 succeeded" : null, await _tidy.RunsAsync(_panel));
    }

    [Fact]
    public async Task A_run_by_hand_waits_for_nobody()
    {
        await _tidy.TriggerAsync(_panel.Services);

        Assert.Equal("manual 1 succeeded", await _tidy.RunsAsync(_panel));
    }

    [Fact]
    public async Task Of_two_admins_who_each_close_half_of_a_circle_at_once_one_is_refused_and_told_it()
    {
        var ct = TestContext.Current.CancellationToken;
        await WriteAsync("tidy", [], ct);
        await _copy.MakeDueAsync(_panel);
        Task<IReadOnlyList<string>?>[] both;
        await using (var connection = await _panel.Database.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await connection.ExecuteAsync("select from cron_service.jobs for update", ct);
            both = [WriteAsync("tidy", ["copy"], ct), WriteAsync("copy", ["tidy"], ct)];
            await _panel.Database.BlockedAsync(2);
        }

        var cycle = Assert.Single(await Task.WhenAll(both), cycle => cycle is not null);
        Assert.Contains(string.Join(" → ", cycle!), new[] { "tidy → copy → tidy", "copy → tidy → copy" });
        Assert.Equal(1, await _panel.Database.ScalarAsync<long>("select count(*) from cron_service.jobs where waits_for <> '{}'"));
    }

    [Theory]
    [InlineData("select 1", "tidy was due at", "waits for copy, which never ran.")]
    [InlineData("update cron_service.jobs set enabled = false where job = 'copy'", "tidy was due at", "waits for copy, which is disabled.")]
    [InlineData("insert into cron_service.leases (job, holder, acquired_at, expires_at) values ('copy', 'h', now(), now() + interval '5 " +
        "minutes')", "every enabled job ran", "when it was due")]
    [InlineData($"{Executes} now() - interval '1 hour')", "every enabled job ran", "when it was due")]
    [InlineData($"{Executes} now())", "tidy was due at", "waits for copy, which never ran.")]
    [InlineData("update cron_service.jobs set waits_for = '{}' where job = 'tidy'", "tidy was due at", "and did not run.")]
    public async Task The_check_of_missed_runs_says_what_is_waited_for_and_is_patient_with_what_executes(string then, string begins,
        string says)
    {
        await _panel.Services.GetRequiredService<OwnSettings>().ReadAsync("copy", "0 0 1 1 *", TestContext.Current.CancellationToken);
        await _panel.Database.ExecuteAsync(then);

        var found = (await _panel.Services.GetRequiredService<MissedRuns>().Check.RunAsync(new(false, []),
            TestContext.Current.CancellationToken))!;

        Assert.StartsWith(begins, found.Message, StringComparison.Ordinal);
        Assert.Contains(says, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_occurrence_that_another_process_has_run_meanwhile_is_not_counted_as_missed()
    {
        var ct = TestContext.Current.CancellationToken;
        await WriteAsync("tidy", [], ct);
        await _panel.Database.ExecuteAsync("""
            update cron_service.jobs set enabled_at = enabled_at - interval '2 days',
                schedule_changed_at = schedule_changed_at - interval '2 days' where job = 'tidy';
            insert into cron_service.leases (job, holder, acquired_at, expires_at) values ('tidy', 'h', now(), now())
            """);
        Task wake;
        await using (var connection = await _panel.Database.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await connection.ExecuteAsync("select from cron_service.leases where job = 'tidy' for update", ct);
            wake = _tidy.WakeAsync(_panel.Services);
            await _panel.Database.BlockedAsync(1);
            await _panel.Database.ExecuteAsync("""
                insert into cron_service.runs (job, trigger, requested_by, scheduled_for, missed_occurrences, finished_at, status)
                select 'tidy', 'catch-up', 'scheduler', date_trunc('minute', now()) - interval '25 hours', 1, now(), 'succeeded'
                """);
        }
        await wake;

        Assert.Equal("catch-up 1 succeeded, schedule 1 succeeded", await _tidy.RunsAsync(_panel));
        Assert.Equal(1, await _panel.Database.ScalarAsync<long>(
            "select sum(missed_occurrences) from cron_service.runs where job = 'tidy'"));
    }

    private async Task<string> WaitingAsync() => string.Join("; ", (await StatesAsync()).Single(job => job.Job.Name == "tidy").WaitingFor);

    private Task<IReadOnlyList<JobState>> StatesAsync() => _panel.Services.GetRequiredService<JobStates>()
        .ReadAsync(1, TestContext.Current.CancellationToken);
}
