using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Database;

/// <summary>What a role or a database sets by default changes nothing that the app does.</summary>
public sealed class DefaultsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Hostile =
    [
        "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on", "default_transaction_deferrable = on",
        "search_path = hostile, pg_catalog",
        "statement_timeout = '20s'", "lock_timeout = '1ms'", "idle_in_transaction_session_timeout = '20s'", "datestyle = 'SQL, DMY'",
        "intervalstyle = 'sql_standard'",
        "timezone = 'Asia/Tokyo'", "client_encoding = 'LATIN1'", "standard_conforming_strings = off", "extra_float_digits = -15",
        "bytea_output = 'escape'", "row_security = on", "transform_null_equals = on", "synchronous_commit = off",
        "jit = on", "jit_above_cost = 0",
    ];

    private const string SettingsSql = """
        select concat_ws(' | ', current_setting('transaction_isolation'), current_setting('transaction_read_only'),
            current_setting('transaction_deferrable'),
            current_setting('search_path'), current_setting('statement_timeout'), current_setting('lock_timeout'),
                current_setting('datestyle'), current_setting('intervalstyle'),
            current_setting('timezone'), current_setting('standard_conforming_strings'), current_setting('extra_float_digits'),
                current_setting('bytea_output'),
            current_setting('row_security'), current_setting('transform_null_equals'), current_setting('synchronous_commit'),
                current_setting('jit'), now() > '2020-01-01', 'a\b')
        """;

    private const string Wanted =
        @"read committed | off | off | public | 0 | 0 | ISO, MDY | postgres | UTC | on | 1 | hex | off | off | on | off | t | a\b";

    [Fact]
    public async Task Each_statement_and_each_transaction_has_the_same_settings_whatever_the_defaults_are()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await SetAsync(panel, Hostile);
        var database = panel.StartApp().GetRequiredService<NpgsqlDataSource>();

        Assert.Equal(Wanted, Assert.Single(await database.QueryAsync(SettingsSql, row => row.GetString(0), ct)));
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (await connection.BeginAsync(ct))
            Assert.Equal($"{Wanted} 15s",
                Assert.Single(await connection.QueryAsync($"{SettingsSql} || ' ' || current_setting('idle_in_transaction_session_timeout')",
                row => row.GetString(0), ct)));
        await using (await connection.BeginSnapshotAsync(ct))
            Assert.StartsWith("repeatable read | on | off | public | 0",
                Assert.Single(await connection.QueryAsync(SettingsSql, row => row.GetString(0), ct)), StringComparison.Ordinal);
        // The next transaction of a pooler's session may be another client's.
        await using var after = new NpgsqlCommand("show search_path", connection);
        Assert.Equal("hostile, pg_catalog", await after.ExecuteScalarAsync(ct));
    }

    [Fact]
    public async Task Runs_of_all_jobs_succeed_under_hostile_defaults_and_charge_the_same()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 3; server++)
            await panel.AddServerAsync(server, userId: server, monthlyPrice: 73, Noon.AddHours(-5));
        await SetAsync(panel, Hostile);
        var app = panel.StartApp(("Backup:Folder", await TestServer.FolderAsync($"defaults-{Guid.NewGuid():N}")));

        var billed = await TestPanel.BillAsync(app, Noon);

        Assert.Equal((15L, 1.5m, 150L), (billed.Hours, billed.Amount, billed.TokensDebited));
        var runner = app.GetRequiredService<JobRunner>();
        foreach (var job in new[] { "dns-renewal", "backup", "maintenance" })
            Assert.Equal(RunStatus.Succeeded,
                (await (await runner.TriggerAsync(runner.Find(job)!, "test", false,
                TestContext.Current.CancellationToken))!.Value.Outcome).Status);
        Assert.True((await app.GetRequiredService<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Ok);
    }

    [Fact]
    public async Task A_statement_that_fails_leaves_no_transaction_open_behind_it()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var database = panel.StartApp(("ConnectionStrings:SkyPanel", $"{panel.Database.ConnectionString};Maximum Pool Size=1"))
            .GetRequiredService<NpgsqlDataSource>();

        Assert.Equal("22012", (await Assert.ThrowsAsync<PostgresException>(() =>
            database.QueryAsync("select 1 / 0", row => row.GetInt32(0), ct))).SqlState);
        Assert.Equal("22012", (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("select 1 / 0", ct))).SqlState);
        Assert.Equal(2, Assert.Single(await database.QueryAsync("select 2", row => row.GetInt32(0), ct)));
        Assert.Equal(1, await database.ExecuteAsync("insert into public.settings (key, value) values ('a', 'b')", ct));
        Assert.Equal(1, await panel.Database.ScalarAsync<long>("select count(*) from public.settings where key = 'a'"));
    }

    private static async Task SetAsync(TestPanel panel, IEnumerable<string> settings)
    {
        var name = await panel.Database.ScalarAsync<string>("select current_database()");
        await panel.Database.ExecuteAsync("""
            create schema hostile;
            create function hostile.now() returns timestamptz language sql as 'select timestamptz ''1999-01-01''';
            create function hostile.count(bigint) returns bigint language sql as 'select 0::bigint';
            """);
        foreach (var setting in settings)
            await TestServer.ExecuteAsync($"alter database {name} set {setting}");
    }
}
