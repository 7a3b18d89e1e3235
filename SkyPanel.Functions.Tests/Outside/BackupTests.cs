using System.Diagnostics;
using SkyPanel.Functions.Tests.Backup;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class BackupTests
{
    private const string Trigger = "/api/admin/cron/jobs/backup/trigger";

    [Fact]
    public async Task The_command_restores_what_the_job_copied_and_the_app_goes_on_there()
    {
        var folder = Directory.CreateTempSubdirectory("skypanel-backups-").FullName;
        await using var panel = await OutsidePanel.CreateAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(("Backup__Folder", folder));
        await app.PostAsync(OutsidePanel.Trigger);
        var (_, body) = await app.PostAsync(Trigger);
        Assert.True(body["success"]!.GetValue<bool>(), body.ToJsonString());
        var file = Assert.Single(Directory.GetFiles(folder));

        var (exitCode, output, errors) = await RestoreAsync(restored, file);
        Assert.True(exitCode == 0, $"{output}{errors}");
        Assert.Matches("Integrity: all laws hold\\.", output);

        var there = await AppProcess.StartAsync(panel.Environment(("ConnectionStrings__SkyPanel", restored.ConnectionString)));
        var (_, status) = await there.GetAsync(OutsidePanel.Status);
        Assert.False(status["cronStatus"]!["hourlyBilling"]!["enabled"]!.GetValue<bool>());
        await there.DisposeAsync();

        (exitCode, _, errors) = await RestoreAsync(restored, file);
        Assert.Equal(1, exitCode);
        Assert.Matches(@"^Nothing was restored: The database restored_\w+ holds \d+ tables in the schema cron_service already: " +
            @"restore into one that has none\.\n$", errors);
        foreach (var (what, says) in new[] { ("", "restore wants one backup"),
            ("http://account.example/backups/a.zip?sig=topsecret", "restore wants one backup"),
            ("https://a:topsecret@account.example/backups/a.zip", "restore wants one backup"),
            (Path.Combine(folder, "none.zip"), "There is no file"),
            (typeof(BackupTests).Assembly.Location, "is damaged or is not a backup") })
        {
            (exitCode, _, errors) = await RestoreAsync(restored, what);
            Assert.Equal(1, exitCode);
            Assert.Contains(says, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
            Assert.DoesNotContain("topsecret", errors, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Killed_in_the_middle_it_leaves_nothing_that_counts_as_a_backup()
    {
        var folder = Directory.CreateTempSubdirectory("skypanel-backups-").FullName;
        await using var panel = await OutsidePanel.CreateAsync();
        // Enough that the file has begun long before it is whole.
        await panel.Database.ExecuteAsync("""
            insert into cron_service.observations (observed_at, servers_listed, is_complete, message)
            select now(), 1, true, md5(random()::text) || md5(random()::text) || md5(random()::text) || md5(random()::text)
                from generate_series(1, 200000)
            """);
        var app = await panel.StartAppAsync(("Backup__Folder", folder));
        var cut = app.PostAsync(Trigger);
        await BegunAsync(folder);
        await app.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => cut);
        Assert.EndsWith(".partial", Assert.Single(Directory.GetFiles(folder)), StringComparison.Ordinal);

        await panel.Database.ExecuteAsync("truncate cron_service.observations");
        await panel.Database.ExecuteAsync("update cron_service.leases set expires_at = now()");
        var next = await panel.StartAppAsync(("Backup__Folder", folder));
        var (_, body) = await next.PostAsync(Trigger);
        Assert.True(body["success"]!.GetValue<bool>(), body.ToJsonString());
        Assert.EndsWith(".zip", Assert.Single(Directory.GetFiles(folder)), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task BegunAsync(string folder)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!Directory.GetFiles(folder).Any(file => new FileInfo(file).Length > 0))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(60), "Nothing was written.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RestoreAsync(EmptyDatabase into, string what)
    {
        var ct = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SkyPanel.Functions.dll"), "restore",
            what]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__SkyPanel"] = into.ConnectionString;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, await output, await errors);
    }
}
