using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the delivery of debits at a latency of VirtFusion of 50 ms, without a rate limit, compared with the theoretical
/// maximum of MaxConcurrency / latency.</summary>
internal static class WalletBenchmark
{
    private const int MaxConcurrency = 8;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);

    private const string AccountsSql =
        "insert into cron_service.accounts (kind, user_id) select 'customer', n from generate_series(1, @debits) as n";
    private const string TransfersSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
        select 'charge', a.id, r.id, 1.5, 'charge:0:' || a.id, now() from cron_service.accounts a, cron_service.accounts r
            where a.kind = 'customer' and r.kind = 'revenue'
        """;

    public static async Task RunAsync(int debits)
    {
        await using var virtFusion = await VirtFusionSimulator.StartAsync(new());
        for (var user = 1; user <= debits; user++)
            virtFusion.AddUser(user, user, 1_000);
        virtFusion.Faults.Add("*", "", Fault.Slow(Latency));
        await using var panel = await BenchmarkPanel.StartAsync(
            ("VirtFusion:BaseUrl", virtFusion.BaseAddress.ToString()), ("VirtFusion:ApiToken", virtFusion.ApiToken),
            ("VirtFusion:RequestsPerSecond", "10000"),
            ("VirtFusion:MaxConcurrency", MaxConcurrency.ToString(CultureInfo.InvariantCulture)));
        await panel.Source.ExecuteAsync(AccountsSql, default, ("debits", debits));
        await panel.Source.ExecuteAsync(TransfersSql, default);
        await using (var connection = await panel.Source.OpenConnectionAsync())
            await panel.Services.GetRequiredService<Debits>().OpenAsync(connection, null, default);

        var startedAt = Stopwatch.GetTimestamp();
        var result = await panel.Services.GetRequiredService<Delivery>().DeliverAsync(null, default);
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var (calls, ceiling) = (virtFusion.Requests.Count("*", ""), MaxConcurrency / Latency.TotalSeconds);
        Console.WriteLine("| debits | tokens | calls | seconds | calls/s | MaxConcurrency / latency | share |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {debits} | {result.Tokens} | {calls} | {seconds:0.0} | {calls / seconds:0.0} | {ceiling:0.0} | " +
            $"{calls / seconds / ceiling:0.0%} |"));
    }
}
