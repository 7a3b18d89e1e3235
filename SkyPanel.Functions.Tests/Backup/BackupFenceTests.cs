using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Jobs;

namespace SkyPanel.Functions.Tests.Backup;

public sealed class BackupFenceTests
{
    [Fact]
    public async Task A_backup_that_lost_its_lease_while_it_copied_publishes_and_removes_nothing()
    {
        await using var bench = await BackupBench.StartAsync(("Backup:Keep", "1"));
        await bench.RunAsync();
        var good = bench.Files();
        await using var table = await HeldRows.HoldAsync(bench.Panel.Database,
            "lock table public.package_pricing in access exclusive mode");
        var run = await bench.Panel.StartAsync(BackupJob.Name);
        await bench.Panel.Database.BlockedAsync(1);
        await bench.Panel.TakeOverAsync(BackupJob.Name);
        await table.LetGoAsync();

        await bench.Panel.SaysItLostItsLeaseAsync(BackupJob.Name, await run.Outcome);
        Assert.Equal(good, bench.Files());

        await bench.Panel.EndOtherAsync(BackupJob.Name);
        Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);
        Assert.NotEqual(good, bench.Files());
        Assert.Single(bench.Files());
    }

    [Fact]
    public async Task One_that_lost_it_after_it_published_leaves_the_older_ones()
    {
        await using var bench = await BackupBench.StartAsync();
        await bench.RunAsync();
        var place = new HookedPlace(bench.Place) { AfterRename = () => bench.Panel.TakeOverAsync(BackupJob.Name) };

        await Assert.ThrowsAsync<LeaseLostException>(() => MakeAsync(bench, place));

        Assert.Equal(2, bench.Files().Length);
    }

    [Fact]
    public async Task One_that_lost_it_before_it_began_leaves_what_another_is_writing()
    {
        await using var bench = await BackupBench.StartAsync();
        Directory.CreateDirectory(bench.Folder);
        await File.WriteAllTextAsync(Path.Combine(bench.Folder, "skypanel-0123.partial"), "another's",
            TestContext.Current.CancellationToken);
        var place = new HookedPlace(bench.Place) { BeforeList = () => bench.Panel.TakeOverAsync(BackupJob.Name) };

        await Assert.ThrowsAsync<LeaseLostException>(() => MakeAsync(bench, place));

        Assert.Equal(["skypanel-0123.partial"], bench.Files());
    }

    private static async Task<BackupDone> MakeAsync(BackupBench bench, IBackupPlace place)
    {
        var fence = await bench.Panel.Services.GetRequiredService<Leases>()
            .AcquireAsync(BackupJob.Name, "test", TestContext.Current.CancellationToken);
        return await bench.Backups.MakeAsync(place, 1, fence!, TestContext.Current.CancellationToken);
    }
}
