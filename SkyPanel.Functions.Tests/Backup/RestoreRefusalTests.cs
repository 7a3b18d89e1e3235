using System.IO.Compression;
using SkyPanel.Functions.Backup;

namespace SkyPanel.Functions.Tests.Backup;

public sealed class RestoreRefusalTests
{
    [Fact]
    public async Task A_damaged_backup_is_refused_in_one_sentence_whichever_byte_of_its_rows_it_is()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var empty = await EmptyDatabase.CreateAsync();
        var file = await RestoreTests.BackUpAsync(bench);
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var random = new Random(12);
        // The rows end where the directory of the zip begins, whose dates and the like nobody reads.
        var rows = IndexOf(whole, "PK\u0001\u0002"u8);
        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(rows)] ^= (byte)(1 << random.Next(8));
            await RefusedOrWholeAsync(damaged);
        }
        foreach (var length in new[] { 0, 1, whole.Length / 2, rows, whole.Length - 1 })
            Assert.Matches("^The backup is damaged[^\n]*$", await RefusalAsync(empty, whole[..length]));
        Assert.Matches("^The backup is damaged[^\n]*$", await RefusalAsync(empty, "this is no zip at all"u8.ToArray()));
        Assert.Null(await empty.ScalarAsync<string>("select to_regnamespace('cron_service')::text"));

        async Task RefusedOrWholeAsync(byte[] damaged)
        {
            using var stream = new MemoryStream(damaged);
            try
            {
                await using var archive = await BackupArchive.OpenAsync(stream, TestContext.Current.CancellationToken);
            }
            catch (BackupException e)
            {
                Assert.StartsWith("The backup is damaged", e.Message, StringComparison.Ordinal);
                return;
            }
            // A byte of an entry's own header that nobody reads: then every row was compared all the same.
        }
    }

    [Fact]
    public async Task Rows_that_were_changed_are_refused_although_the_zip_is_whole()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var empty = await EmptyDatabase.CreateAsync();
        var file = await RestoreTests.BackUpAsync(bench);
        var rows = BackupBench.Rows(file, "cron_service.charges.copy");
        using (var zip = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            zip.GetEntry("cron_service.charges.copy")!.Delete();
            using var writer = new StreamWriter(zip.CreateEntry("cron_service.charges.copy").Open());
            writer.Write(rows[(rows.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        }

        Assert.StartsWith("The backup is damaged: cron_service.charges.copy has 35 rows",
            await RefusalAsync(empty, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_holds_our_schema_is_refused_and_left_alone()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        var file = await RestoreTests.BackUpAsync(bench);
        await restored.RestoreAsync(file, BackupBench.Noon);

        Assert.Matches(@"^The database restored_\w+ holds \d+ tables in the schema cron_service already: restore into one that has none\.$",
            await RefusalAsync(restored, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
        Assert.Equal(36, await restored.ScalarAsync<long>("select count(*) from cron_service.charges"));
    }

    [Fact]
    public async Task A_backup_of_a_newer_build_is_refused()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var empty = await EmptyDatabase.CreateAsync();
        await bench.Panel.Database.ExecuteAsync(
            "insert into cron_service.migrations (scriptname, applied) values ('SkyPanel.Functions.Database.Migrations.9999_later.sql', " +
            "now())");
        var file = await RestoreTests.BackUpAsync(bench);

        Assert.Contains("9999_later.sql",
            await RefusalAsync(empty, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Null(await empty.ScalarAsync<string>("select to_regnamespace('cron_service')::text"));
    }

    private static async Task<string> RefusalAsync(EmptyDatabase database, byte[] backup)
    {
        using var stream = new MemoryStream(backup);
        return (await Assert.ThrowsAsync<BackupException>(() => database.RestoreAsync(stream, BackupBench.Noon))).Message;
    }

    private static int IndexOf(byte[] content, ReadOnlySpan<byte> mark) => content.AsSpan().IndexOf(mark);
}
