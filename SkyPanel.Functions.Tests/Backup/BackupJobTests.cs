using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Backup;

public sealed class BackupJobTests
{
    [Fact]
    public async Task A_backup_holds_every_table_of_ours_and_the_run_log_names_its_file()
    {
        await using var bench = await BackupBench.StartAsync();
        var outcome = await bench.RunAsync();

        Assert.Equal(RunStatus.Succeeded, outcome.Status);
        var file = Assert.Single(bench.Files());
        Assert.StartsWith($"{file}, {new FileInfo(Path.Combine(bench.Folder, file)).Length} bytes, in {bench.Folder}: ", outcome.Message,
            StringComparison.Ordinal);
        var manifest = await BackupBench.ManifestAsync(Path.Combine(bench.Folder, file));
        Assert.Contains($"{manifest.Tables.Count} tables, {manifest.Rows} rows", outcome.Message, StringComparison.Ordinal);
        var ours = await bench.Panel.Database.ScalarAsync<long>(
            "select count(*) from pg_tables where schemaname = 'cron_service' and tablename not in ('migrations', 'secrets', " +
            "'data_protection_keys')");
        Assert.Equal(ours, manifest.Tables.Count(table => table.Schema == "cron_service"));
        Assert.Equal(36, manifest.Tables.Single(table => table.Name == "charges").Digest.Rows);
        Assert.Equal(await bench.Panel.Database.ScalarAsync<long>("select count(*) from cron_service.migrations"),
            manifest.Migrations.Count);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(bench.Folder, file)));
    }

    [Fact]
    public async Task A_backup_holds_no_password_no_address_and_no_secret_setting()
    {
        await using var bench = await BackupBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync("update public.users set password = 'hash-of-a-password'");
        await bench.Panel.Database.ExecuteAsync("""
            insert into public.settings (key, value) values ('virtfusion_api_token', 'a-secret'), ('discord_webhook_url', 'a-secret'),
                ('anything_new', 'a-secret'), ('company_name', 'Ours')
            """);
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.secrets (name, ciphertext, updated_by)
                values ('discord', 'a-secret', 'Ann'); insert into cron_service.data_protection_keys (name, xml) values ('a', 'a-secret')
            """);
        await bench.RunAsync();

        var file = Path.Combine(bench.Folder, bench.Files()[0]);
        Assert.Equal("1\tuser-1@restored.invalid\tuser-1\t(restored)\t101\n2\tuser-2@restored.invalid\tuser-2\t(restored)\t102\n",
            string.Join('\n', BackupBench.Rows(file, "public.users.copy").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order())
                + "\n");
        Assert.Contains("company_name\tOurs", BackupBench.Rows(file, "public.settings.copy"), StringComparison.Ordinal);
        var manifest = await BackupBench.ManifestAsync(file);
        Assert.All(manifest.Tables, table => Assert.DoesNotContain("secret", BackupBench.Rows(file, table.Entry),
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_oldest_go_when_a_new_one_is_there_and_what_was_cut_off_goes_too()
    {
        await using var bench = await BackupBench.StartAsync(("Backup:Keep", "2"));
        Directory.CreateDirectory(bench.Folder);
        await File.WriteAllTextAsync(Path.Combine(bench.Folder, "skypanel-0123.partial"), "half", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(bench.Folder, "someone-elses.zip"), "theirs", TestContext.Current.CancellationToken);
        await bench.RunAsync();
        var first = bench.Files()[0];
        await bench.RunAsync();
        Assert.Contains(first, bench.Files());
        var last = await bench.RunAsync();

        Assert.Contains("1 older ones removed", last.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(first, bench.Files());
        Assert.Equal(2, (await Backups.ListAsync(bench.Place, TestContext.Current.CancellationToken)).Count);
        Assert.Equal(["skypanel-", "skypanel-", "someone-e"], bench.Files().Select(name => name[..9]));
    }

    [Fact]
    public async Task A_backup_that_fails_leaves_the_older_ones_and_no_file_of_its_own()
    {
        await using var bench = await BackupBench.StartAsync(("Backup:Keep", "1"));
        await bench.RunAsync();
        var good = bench.Files();
        // A table that can be listed and not read.
        await bench.Panel.Database.ExecuteAsync("alter table cron_service.migrations rename to moved");

        var outcome = await bench.RunAsync();
        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Equal(good, bench.Files());
    }

    [Fact]
    public async Task A_dry_run_tells_what_it_would_hold_and_writes_nothing()
    {
        await using var bench = await BackupBench.StartAsync();
        var outcome = await bench.RunAsync(isDryRun: true);

        Assert.Equal(RunStatus.Succeeded, outcome.Status);
        Assert.Matches(@"^would hold \d+ tables, \d+ rows, \d+ bytes before compression$", outcome.Message);
        Assert.False(Directory.Exists(bench.Folder));
    }

    [Fact]
    public async Task Without_a_place_it_is_off_and_says_what_to_set()
    {
        await using var bench = await BackupBench.StartAsync(("Backup:Folder", ""));
        var job = bench.Panel.Services.GetRequiredService<JobRunner>().Find(BackupJob.Name)!;
        var settings = await job.ReadSettingsAsync(TestContext.Current.CancellationToken);

        Assert.False(settings.Enabled);
        Assert.Contains("Backup:Folder", settings.Alert, StringComparison.Ordinal);
        var outcome = await bench.RunAsync();
        Assert.Equal((RunStatus.Skipped, BackupPlaces.None), (outcome.Status, outcome.Message));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Settings_that_are_changed_without_a_place_are_in_force_once_there_is_one(bool? asked, bool isOn)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await BackupBench.StartAsync(("Backup:Folder", ""));
        var job = bench.Panel.Services.GetRequiredService<JobRunner>().Find(BackupJob.Name)!;
        var before = await job.ReadSettingsAsync(ct);
        await bench.Panel.Database.InOneAsync(change => job.WriteSettingsAsync(change.Connection!,
            new(asked ?? before.Enabled, asked, Schedule.Parse("45 4 * * *"), before.HoursPerMonth, null, TestPanel.Ann), ct));

        var without = await job.ReadSettingsAsync(ct);
        Assert.Equal((false, "45 4 * * *"), (without.Enabled, without.Schedule.Expression));
        Assert.Equal(isOn ? $"It is stored as on, and off: {BackupPlaces.None}." : null, without.Alert);
        var with = await bench.Panel.StartApp(("Backup:Folder", bench.Folder)).GetRequiredService<JobRunner>()
            .Find(BackupJob.Name)!.ReadSettingsAsync(ct);
        Assert.Equal((isOn, "45 4 * * *", null), (with.Enabled, with.Schedule.Expression, with.Alert));
    }
}
