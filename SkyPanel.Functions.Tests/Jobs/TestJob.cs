using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>A job of the test's own, registered like the others; what its step comes to is up to the test. It is the same one in all apps
/// of a panel.</summary>
internal sealed class TestJob(string name)
{
    private const string NeverByItself = "0 0 1 1 *";

    // Once a day, an hour ago; the next one is 23 hours away.
    private const string MakeDueSql = """
        update cron_service.jobs set enabled_at = now() - interval '2 hours', schedule_changed_at = now() - interval '2 hours',
            schedule = extract(minute from (now() - interval '1 hour') at time zone 'UTC') || ' '
                || extract(hour from (now() - interval '1 hour') at time zone 'UTC') || ' * * *'
        where job = @job
        """;

    public string Name => name;

    /// <summary>Succeeds unless the test says otherwise.</summary>
    public Func<RunContext, CancellationToken, Task<RunOutcome>> Step { get; set; } = (_, _) =>
        Task.FromResult(new RunOutcome(RunStatus.Succeeded, null, []));

    public void Register(IServiceCollection services) =>
        services.AddSingleton<IJob>(provider => new Registered(this, provider.GetRequiredService<OwnSettings>()));

    /// <summary>From now on an occurrence is due that was an hour ago.</summary>
    public async Task MakeDueAsync(TestPanel panel)
    {
        await panel.Services.GetRequiredService<OwnSettings>().ReadAsync(name, NeverByItself, TestContext.Current.CancellationToken);
        await panel.Database.ExecuteAsync(MakeDueSql, ("job", name));
    }

    public Task WakeAsync(IServiceProvider app) => WakeUntilAsync(app, TestContext.Current.CancellationToken);

    public Task WakeUntilAsync(IServiceProvider app, CancellationToken ct) => app.GetRequiredService<JobRunner>().WakeAsync(name, ct);

    public async Task<RunOutcome> TriggerAsync(IServiceProvider app)
    {
        var runner = app.GetRequiredService<JobRunner>();
        var run = await runner.TriggerAsync(runner.Find(name)!, "test", false, TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("Another run executes.");
        return await run.Outcome;
    }

    /// <summary>Its runs, oldest first, like <c>retry 2 succeeded</c>: trigger, attempt and status.</summary>
    public Task<string?> RunsAsync(TestPanel panel) => panel.Database.ScalarAsync<string>("""
        select string_agg(trigger || ' ' || attempt || ' ' || status, ', ' order by id) from cron_service.runs where job = @job
        """, ("job", name));

    /// <summary>Lets the time pass until a failed run is to be run again.</summary>
    /// <returns>How many runs have such a time.</returns>
    public Task<int> PassBackOffAsync(TestPanel panel) =>
        panel.Database.ExecuteAsync("update cron_service.runs set retry_at = now() where job = @job and retry_at > now()", ("job", name));

    private sealed class Registered(TestJob job, OwnSettings settings) : IJob
    {
        public string Name => job.Name;
        public string Title => job.Name;
        public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(Name, NeverByItself, ct);
        public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
            OwnSettings.WriteAsync(connection, Name, change, ct);
        public Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct) => job.Step(run, ct);
    }
}
