using System.Diagnostics;
using System.Globalization;
using Npgsql;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Demo;

/// <summary>Processes come, go and are killed; the data stay, and there is one server at a time.</summary>
public sealed class PostgresLifetimeTests(PostgresLifetimeTests.Data data) : IClassFixture<PostgresLifetimeTests.Data>
{
    [Fact]
    public async Task Starts_at_once_share_one_server_and_the_last_to_leave_stops_it()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
        Assert.Single(servers.Select(server => server.Port).Distinct());

        foreach (var server in servers[1..])
            await server.DisposeAsync();
        var started = await StartedAtAsync(servers[0]);
        await servers[0].DisposeAsync();
        Assert.False(File.Exists(data.PidFile));

        await using var next = await StartAsync();
        Assert.True(await StartedAtAsync(next) > started);
    }

    [Fact]
    public async Task A_killed_server_is_started_again_and_keeps_its_data()
    {
        var ct = TestContext.Current.CancellationToken;
        var killed = await StartAsync();
        await killed.CreateDatabaseAsync("kept", ct);
        using (var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(data.PidFile).First(), CultureInfo.InvariantCulture)))
            postmaster.Kill();

        await using (var next = await StartAsync())
        {
            await next.CreateDatabaseAsync("kept", ct);
            Assert.Equal("kept", await ScalarAsync<string>(next.ConnectionString("kept"), "select current_database()::text"));
        }

        await killed.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_restarts_in_order_or_as_after_a_crash(bool immediate)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await StartAsync();
        var started = await StartedAtAsync(server);

        await server.RestartAsync(immediate, ct);

        Assert.True(await StartedAtAsync(server) > started);
        Assert.Equal(server.Port.ToString(CultureInfo.InvariantCulture), (await File.ReadAllLinesAsync(data.PidFile, ct))[3]);
    }

    [Fact]
    public async Task A_pid_file_that_names_another_program_is_not_believed()
    {
        await File.WriteAllTextAsync(
            data.PidFile, $"{Environment.ProcessId}\n{data.Folder}/data\n0\n1\n\n127.0.0.1\n", TestContext.Current.CancellationToken);

        await using var server = await StartAsync();

        Assert.NotEqual(1, server.Port);
    }

    [Fact]
    public async Task A_copy_of_a_folder_in_use_gets_a_server_of_its_own()
    {
        var ct = TestContext.Current.CancellationToken;
        var copy = await TestServer.FolderAsync("copy");
        Assert.Equal(0, await RunAsync("cp", "-a", $"{data.Folder}/.", copy));
        await using var original = await StartAsync();
        var startedAt = await StartedAtAsync(original);
        File.Copy(data.PidFile, Path.Combine(copy, "data", "postmaster.pid"));

        await using (var other = await EmbeddedPostgres.StartAsync(copy, ct, durable: false))
            Assert.NotEqual(original.Port, other.Port);

        Assert.Equal(startedAt, await StartedAtAsync(original));
    }

    [Fact]
    public async Task Discard_leaves_a_folder_in_use_alone()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await StartAsync();

        await EmbeddedPostgres.DiscardAsync(data.Folder, ct);

        Assert.NotEqual(default, await StartedAtAsync(server));
    }

    private Task<EmbeddedPostgres> StartAsync() =>
        EmbeddedPostgres.StartAsync(data.Folder, TestContext.Current.CancellationToken, durable: false);

    private static Task<DateTime> StartedAtAsync(EmbeddedPostgres server) =>
        ScalarAsync<DateTime>(server.ConnectionString("postgres"), "select pg_postmaster_start_time()");

    private static async Task<T> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await reader.ReadAsync(TestContext.Current.CancellationToken);
        return await reader.GetFieldValueAsync<T>(0);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    /// <summary>A data folder that was started once and stopped.</summary>
    public sealed class Data : IAsyncLifetime
    {
        public string Folder { get; private set; } = null!;

        public string PidFile => Path.Combine(Folder, "data", "postmaster.pid");

        public async ValueTask InitializeAsync()
        {
            Folder = await TestServer.FolderAsync("lifetime");
            await (await EmbeddedPostgres.StartAsync(Folder, CancellationToken.None, durable: false)).DisposeAsync();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
