using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>Runs by hand, and runs whose lease another takes while they work.</summary>
internal static class FenceBench
{
    private const string TakeSql =
        "update cron_service.leases set fencing = fencing + 1, holder = 'another', expires_at = clock_timestamp() + interval '1 minute' " +
        "where job = @job";
    private const string RowSql = "select status || ': ' || message from cron_service.runs where job = @job order by id desc limit 1";

    public static async Task<RunOutcome> RunAsync(this TestPanel panel, string job) => await (await panel.StartAsync(job)).Outcome;

    public static async Task<(long RunId, Task<RunOutcome> Outcome)> StartAsync(this TestPanel panel, string job)
    {
        var runner = panel.Services.GetRequiredService<JobRunner>();
        return await runner.TriggerAsync(runner.Find(job)!, "test", false, TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"{job} runs already.");
    }

    /// <summary>A run that finds its lease taken over when it first wants to write, behind the lock of the lease's row.</summary>
    public static async Task<RunOutcome> RunTakenOverAsync(this TestPanel panel, string job)
    {
        // It stops here with its lease in hand: it closes those that died before it.
        await panel.Database.ExecuteAsync("insert into cron_service.runs (job, trigger, requested_by) values (@job, 'manual', 'died')",
            ("job", job));
        await using var begun = await HeldRows.HoldAsync(panel.Database, "select from cron_service.runs for update");
        var run = await panel.StartAsync(job);
        await panel.Database.BlockedAsync(1);
        await using var lease = await HeldRows.HoldAsync(panel.Database, "select from cron_service.leases for update");
        await begun.LetGoAsync();
        await panel.Database.BlockedAsync(1);
        await lease.Connection.ExecuteAsync(TakeSql, TestContext.Current.CancellationToken, ("job", job));
        await lease.LetGoAsync();
        return await run.Outcome;
    }

    /// <summary>As when the one that has the lease is frozen: it runs out, and another holder takes it.</summary>
    public static Task TakeOverAsync(this TestPanel panel, string job) => panel.Database.ExecuteAsync(TakeSql, ("job", job));

    /// <summary>The one that took over has ended.</summary>
    public static Task EndOtherAsync(this TestPanel panel, string job) =>
        panel.Database.ExecuteAsync("update cron_service.leases set expires_at = clock_timestamp() where job = @job", ("job", job));

    /// <summary>The run was told what became of it, and so was the run log.</summary>
    public static async Task SaysItLostItsLeaseAsync(this TestPanel panel, string job, RunOutcome outcome)
    {
        var lost = $"the lease of {job} was lost: it stopped before it wrote more; what it had committed stands";
        Assert.Equal((RunStatus.Abandoned, lost), (outcome.Status, outcome.Message));
        Assert.Equal($"abandoned: {lost}", await panel.Database.ScalarAsync<string>(RowSql, ("job", job)));
    }
}
