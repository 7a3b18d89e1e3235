using Npgsql;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Demo;

/// <summary>An installed version, where there is one, and the newest, which npm brings.</summary>
public sealed class PostgresBinariesTests
{
    private const string SettingsSql = """
        select current_setting('server_version_num')::int / 10000,
               current_setting('TimeZone'),
               (select string_agg(word, '' order by word) from unnest(array['b', 'ä', 'B', 'a']) as word)
        """;

    [Fact]
    public async Task The_version_that_is_chosen_is_an_installed_one_where_there_is_one_else_npm_s_and_it_runs()
    {
        var ct = TestContext.Current.CancellationToken;
        var installed = await PostgresBinaries.InstalledAsync(major: null, ct);

        var chosen = await PostgresBinaries.FindAsync(major: null, Ignored, ct);

        Assert.Equal(Environment.GetEnvironmentVariable(PostgresBinaries.FolderVariable) is { Length: > 0 } folder
            ? await PostgresBinaries.InFolderAsync(folder, ct)
            : Environment.GetEnvironmentVariable(PostgresBinaries.ChoiceVariable) != "embedded" && installed is not null ? installed
            : await PostgresBinaries.EmbeddedAsync(Ignored, ct), chosen);
        await RunsAsync("installed", installed ?? chosen);
    }

    [Fact]
    public async Task The_npm_package_runs() =>
        await RunsAsync("npm", await PostgresBinaries.EmbeddedAsync(Ignored, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Data_of_a_version_that_is_not_at_hand_are_refused_in_a_sentence()
    {
        var refusal = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => PostgresBinaries.FindAsync(major: 9, Ignored, TestContext.Current.CancellationToken));

        Assert.Contains("PostgreSQL 9, which wrote the data,", refusal.Message, StringComparison.Ordinal);
    }

    private static void Ignored(string line)
    {
    }

    private static async Task RunsAsync(string name, PostgresBinaries binaries)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = await TestServer.FolderAsync($"version-{name}");
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
