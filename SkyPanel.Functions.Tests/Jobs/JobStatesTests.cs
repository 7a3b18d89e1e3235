using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class JobStatesTests
{
    // Many look at the status while a fleet is billed: it must not cost more with each job that is registered or waits.
    [Fact]
    public async Task The_status_asks_as_many_statements_when_every_job_waits_as_when_none_does()
    {
        TestJob[] jobs = [.. Enumerable.Range(1, 6).Select(number => new TestJob($"job-{number}"))];
        await using var panel = await TestPanel.StartAsync(services => Array.ForEach(jobs, job => job.Register(services)));
        foreach (var job in jobs)
            await job.MakeDueAsync(panel);
        var (_, alone) = await StatusAsync(panel);

        await panel.Database.ExecuteAsync(
            "update cron_service.jobs set waits_for = '{maintenance,mining}' where job like 'job-%'; update cron_service.jobs set " +
            "enabled = false where job = 'maintenance'");
        var (status, waiting) = await StatusAsync(panel);

        Assert.All(jobs, job => Assert.Equal(["maintenance, which is disabled", "mining, which is no job of this version"],
            status.CronStatus[job.Name.Replace("-", "", StringComparison.Ordinal)].WaitingFor));
        Assert.Empty(status.CronStatus["backup"].WaitingFor);
        Assert.InRange(waiting, 5, alone);
        Assert.InRange(alone, 5, 20);
    }

    private static async Task<(StatusAnswer Status, int Statements)> StatusAsync(TestPanel panel)
    {
        var status = ActivatorUtilities.CreateInstance<StatusFunctions>(panel.Services);
        var (statements, database) = (0, await panel.Database.ScalarAsync<string>("select current_database()"));
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => statements += activity.TagObjects.Any(tag => tag.Value is string value && value == database) ? 1
                : 0,
        };
        ActivitySource.AddActivityListener(listener);
        // The middle of several: the first reading of a job's settings makes its row, what is cached for a second is read anew now and
        // then, and a statement's activity may end after the answer.
        var counts = new List<int>();
        StatusAnswer answer = null!;
        for (var looks = 0; looks < 7; looks++)
        {
            statements = 0;
            answer = await status.ReadAsync(TestContext.Current.CancellationToken);
            counts.Add(statements);
        }
        return (answer, counts.Order().ElementAt(counts.Count / 2));
    }
}
