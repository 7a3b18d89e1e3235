namespace SkyPanel.Functions.Jobs;

public static class JobRegistration
{
    /// <summary>Adds the engine that runs jobs.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton(provider => new JobRegistry(provider.GetServices<IJob>))
        .AddSingleton<Leases>().AddSingleton<LastHeartbeat>().AddSingleton<Pauses>().AddSingleton<StopRequests>().AddSingleton<Retries>()
            .AddSingleton<Dependencies>()
        .AddSingleton<RunLog>().AddSingleton<RunQueries>().AddSingleton<RunMetrics>().AddSingleton<SettingsCache>()
            .AddSingleton<SettingsWriter>().AddSingleton<JobStates>().AddSingleton<Heartbeat>()
        .AddSingleton<ClockRepairs>().AddClockRepairs(ClockRepairs.OfJobs)
        .AddSingleton<JobRunner>().AddSingleton<JobTrigger>().AddSingleton<RunExecution>().AddSingleton<BackgroundRuns>()
            .AddHostedService(provider => provider.GetRequiredService<BackgroundRuns>())
        .AddSingleton<ScheduleWatch>().AddHostedService(provider => provider.GetRequiredService<ScheduleWatch>())
        .AddSingleton<Instances>().AddHostedService(provider => provider.GetRequiredService<Instances>());

    /// <summary>Adds a job with its status, logs, settings, trigger, pause, retries, metrics and checks. Its timer is in
    /// <c>Hosting/TimerFunctions</c>; a test detects a missing one.</summary>
    public static IServiceCollection AddJob<T>(this IServiceCollection services) where T : class, IJob =>
        services.AddSingleton<T>().AddSingleton<IJob>(provider => provider.GetRequiredService<T>());

    /// <summary>Adds a method of a service as a part of each heartbeat; see <see cref="HeartbeatTask"/>.</summary>
    public static IServiceCollection AddHeartbeatTask<T>(this IServiceCollection services, string name,
        Func<T, CancellationToken, Task> run, TimeSpan? maxTime = null, bool isBeforeJobs = false) where T : notnull =>
        services.AddSingleton(provider => new HeartbeatTask(name, ct => run(provider.GetRequiredService<T>(), ct), maxTime, isBeforeJobs));
}
