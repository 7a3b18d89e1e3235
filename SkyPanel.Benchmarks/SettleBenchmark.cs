using System.Diagnostics;
using System.Globalization;
using Npgsql;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Database;

namespace SkyPanel.Benchmarks;

/// <summary>Compares four processes that deliver debits with one, at a latency of VirtFusion of 50 ms.</summary>
internal static class SettleBenchmark
{
    private const int MaxConcurrency = 8;
    private const int WarmUpDebitsPerProcess = 1000;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private const string DebitsSql = """
        with customers as (
            insert into cron_service.accounts (kind, user_id) select 'customer', n from generate_series(@first, @last) as n
                returning id
        ), owed as (
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
            select 'charge', c.id, r.id, 1.5, 'charge:0:' || c.id, now() from customers c, cron_service.accounts r where r.kind = 'revenue'
        )
        insert into cron_service.debits (account_id, kind, tokens, amount, reference) select id, 'debit', 150, 1.5, 'benchmark'
            from customers
        """;

    private const string UnsettledSql = "select count(*) from cron_service.debits where state <> 'settled'";

    public static async Task RunAsync(int debits)
    {
        await using var server = await BenchmarkServer.StartAsync();
        Console.WriteLine("| processes | debits | seconds | debits a second |");
        Console.WriteLine("|---|---|---|---|");
        var alone = await SettleAsync(server, 1, debits);
        var four = await SettleAsync(server, 4, debits);
        Console.WriteLine(FormattableString.Invariant($"four processes are {alone / four:0.00} x as fast as one"));
    }

    private static async Task<double> SettleAsync(BenchmarkServer server, int processes, int debits)
    {
        var warmUp = WarmUpDebitsPerProcess * processes;
        await using var virtFusion = await VirtFusionSimulator.StartAsync(new());
        for (var user = 1; user <= warmUp + debits; user++)
            virtFusion.AddUser(user, user, 1_000);
        virtFusion.Faults.Add("*", "selfService", Fault.Slow(Latency));
        var connectionString = await server.CreateDatabaseAsync($"settle_{processes}");
        var apps = await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => BenchmarkApp.StartAsync(connectionString,
            ("VirtFusion__BaseUrl", virtFusion.BaseAddress.ToString()), ("VirtFusion__ApiToken", virtFusion.ApiToken),
            ("VirtFusion__RequestsPerSecond", "10000"),
            ("VirtFusion__MaxConcurrency", MaxConcurrency.ToString(CultureInfo.InvariantCulture)))));
        await using var source = NpgsqlDataSource.Create(connectionString);
        await SettleAllAsync(source, apps, 1, warmUp); // Warm-up: compiles code and opens connections.
        var seconds = await SettleAllAsync(source, apps, warmUp + 1, warmUp + debits);
        Console.WriteLine(FormattableString.Invariant($"| {processes} | {debits} | {seconds:0.0} | {debits / seconds:0.0} |"));
        foreach (var app in apps)
            await app.DisposeAsync();
        return seconds;
    }

    private static async Task<double> SettleAllAsync(NpgsqlDataSource source, BenchmarkApp[] apps, int firstUser, int lastUser)
    {
        await source.ExecuteAsync(DebitsSql, default, ("first", firstUser), ("last", lastUser));
        var startedAt = Stopwatch.GetTimestamp();
        var wakes = apps.Select(app => app.Http.PostAsync("/api/admin/cron/wake", null)).ToArray();
        while ((await source.QueryAsync(UnsettledSql, row => row.GetInt64(0), default))[0] > 0)
        {
            await Task.Delay(PollInterval, TimeProvider.System, default);
            // A heartbeat leaves what it doesn't deliver in its time to the next one.
            for (var app = 0; app < apps.Length; app++)
            {
                if (!wakes[app].IsCompleted)
                    continue;
                (await wakes[app]).Dispose();
                wakes[app] = apps[app].Http.PostAsync("/api/admin/cron/wake", null);
            }
        }
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        foreach (var wake in wakes)
            (await wake).Dispose();
        return seconds;
    }
}
