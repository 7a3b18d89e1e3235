using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class JobRegistrationTests
{
    [Fact]
    public async Task Every_job_has_a_timer_of_its_own_and_every_timer_but_the_heartbeat_a_job_and_an_entry_in_the_deployment()
    {
        await using var panel = await TestPanel.StartAsync();
        var jobs = panel.Services.GetServices<IJob>().ToList();

        Assert.Equal(jobs.Select(job => $"%{job.ScheduleSetting}%").Append("%Cron:Heartbeat:Schedule%").Order(),
            Timers().Select(timer => timer.Schedule).Order());
        var deployed = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Find()!, "infra", "appConfiguration.bicep"),
            TestContext.Current.CancellationToken);
        Assert.All(jobs, job => Assert.Contains($"job: '{job.ScheduleSetting.Split(':')[1]}'", deployed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_timer_wakes_its_own_job()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("skypanel-");
        await using var panel = await TestPanel.StartAsync(("Backup:Folder", folder.FullName));
        foreach (var job in panel.Services.GetServices<IJob>())
        {
            var settings = await job.ReadSettingsAsync(ct);
            await panel.Database.InOneAsync(change => job.WriteSettingsAsync(change.Connection!,
                new(true, true, settings.Schedule, TestPanel.HoursPerMonth, null, TestPanel.Ann), ct));
            await job.OnEnabledAsync(ct);
            await panel.Database.ExecuteAsync("""
                update cron_service.jobs set enabled_at = now() - interval '40 days', schedule_changed_at = now() - interval '40 days',
                    taken_over_at = now() - interval '40 days' where job = @job
                """, ("job", job.Name));
            var (function, _) = Timers().Single(timer => timer.Schedule == $"%{job.ScheduleSetting}%");

            await (Task)function.Invoke(ActivatorUtilities.CreateInstance(panel.Services, function.DeclaringType!), [new TimerInfo(), ct])!;

            Assert.Equal(job.Name, await panel.Database.ScalarAsync<string>("select string_agg(job, ', ') from cron_service.runs"));
            await panel.Database.ExecuteAsync(
                "delete from cron_service.run_errors; delete from cron_service.runs; update cron_service.jobs set enabled = false where " +
                "job = @job", ("job", job.Name));
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_class_that_does_a_job_is_registered()
    {
        await using var panel = await TestPanel.StartAsync();
        var jobs = typeof(IJob).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IJob)) && type.IsClass).ToList();

        Assert.Equal(jobs.Select(job => ((IJob)panel.Services.GetRequiredService(job)).Name).Order(),
            panel.Services.GetServices<IJob>().Select(job => job.Name).Order());
    }

    [Fact]
    public async Task One_line_makes_a_job_appear_in_the_status_logs_settings_metrics_checks_and_the_doctor_and_be_triggered()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync(services => services.AddJob<NewJob>());
        var (app, runner) = (panel.Services, panel.Services.GetRequiredService<JobRunner>());

        var run = await runner.TriggerAsync(runner.Find("new-job")!, "ann", false, ct);
        Assert.Equal("done", (await run!.Value.Outcome).Message);
        var status = await ActivatorUtilities.CreateInstance<StatusFunctions>(app).ReadAsync(ct);
        Assert.Equal((true, "17 4 * * *", RunStatus.Succeeded), (status.CronStatus["newJob"].Enabled, status.CronStatus["newJob"].Schedule,
            status.CronStatus["newJob"].LastRun?.Status));
        Assert.Equal("ann", Assert.Single(status.CronLogs["newJob"].Logs).RequestedBy);
        Assert.Equal(5, (await ActivatorUtilities.CreateInstance<SettingsFunctions>(app)
            .DescribeAsync(runner.Find("new-job")!, ct)).NextRuns.Count);
        var now = await app.GetRequiredService<RunLog>().NowAsync(ct);
        Assert.Equal(1, Assert.Single(await app.GetRequiredService<RunMetrics>().JobsAsync(now.AddHours(-1), now.AddHours(1), ct),
            job => job.Job == "new-job").Succeeded);
        Assert.Contains(await app.GetRequiredService<JobFindings>().FindAsync(ct), finding => finding.Name == "schedule of new-job");

        await panel.Database.ExecuteAsync(
            "update cron_service.jobs set schedule = '* * * * *', enabled_at = now() - interval '1 hour', schedule_changed_at = now() - " +
            "interval '1 hour' where job = 'new-job'");
        Assert.StartsWith("new-job was due at ", (await app.GetRequiredService<MissedRuns>().Check.RunAsync(new(false, []), ct))!.Message,
            StringComparison.Ordinal);
        await runner.WakeAsync("new-job", ct);
        Assert.Equal("catch-up", await panel.Database.ScalarAsync<string>(
            "select trigger from cron_service.runs where job = 'new-job' order by id desc limit 1"));
    }

    private static IEnumerable<(MethodInfo Function, string Schedule)> Timers() =>
        from type in typeof(JobRunner).Assembly.GetTypes()
        from method in type.GetMethods()
        from parameter in method.GetParameters()
        let timer = parameter.GetCustomAttribute<TimerTriggerAttribute>()
        where timer is not null
        select (method, timer.Schedule);

    private sealed class NewJob(OwnSettings settings) : IJob
    {
        public string Name => "new-job";
        public string Title => "New job";
        public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(Name, "17 4 * * *", ct);
        public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
            OwnSettings.WriteAsync(connection, Name, change, ct);
        public Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct) =>
            Task.FromResult(new RunOutcome(RunStatus.Succeeded, "done", []));
    }
}
