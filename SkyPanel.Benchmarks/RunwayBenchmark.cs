using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Benchmarks;

/// <summary>Counts the calls to VirtFusion that keep the runways of all accounts up to date: accounts that last for weeks, and accounts
/// that run dry.</summary>
internal static class RunwayBenchmark
{
    private const int RichTokens = 1_000_000, PoorTokens = 5;
    private const string Balance = "selfService/hourlyStats/byUserExtRelationId/";

    // Every wallet was read by a debit an hour ago.
    private const string ReadSql = """
        insert into cron_service.accounts (kind, user_id) select 'customer', id from public.users on conflict do nothing;
        insert into cron_service.wallet_readings (account_id, tokens, read_at)
        select id, case when user_id <= @rich then @rich_tokens else @poor_tokens end, now() - interval '1 hour' from cron_service.accounts
            where kind = 'customer'
        """;

    private const string UsersSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id) select n, 'u' || n, 'u' || n, 'User', n
            from generate_series(1, @accounts) as n;
        insert into public.virtfusion_hourly_billing
            (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, last_billed_at, created_at)
        select n, n, n, 1, 'Plan', 10, 0, now() at time zone 'UTC', now() at time zone 'UTC' from generate_series(1, @accounts) as n
        """;

    private const string PassFiveMinutesSql = """
        update cron_service.wallet_readings set read_at = read_at - interval '5 minutes 1 second';
        update cron_service.standings set tried_at = tried_at - interval '5 minutes 1 second';
        update cron_service.observations set observed_at = observed_at - interval '5 minutes 1 second'
        """;

    /// <returns>True if no wallet with weeks of runway was read, and every other one at most once in five minutes.</returns>
    public static async Task<bool> RunAsync(int rich, int poor)
    {
        await using var virtFusion = await VirtFusionSimulator.StartAsync(new());
        var created = TimeProvider.System.GetUtcNow().AddDays(-1);
        for (var user = 1; user <= rich + poor; user++)
        {
            virtFusion.AddUser(user, user, user <= rich ? RichTokens : PoorTokens);
            virtFusion.AddServer(user, user, created);
        }
        await using var panel = await BenchmarkPanel.StartAsync(
            ("VirtFusion:BaseUrl", virtFusion.BaseAddress.ToString()), ("VirtFusion:ApiToken", virtFusion.ApiToken),
                ("VirtFusion:RequestsPerSecond", "500"));
        await panel.Source.ExecuteAsync(UsersSql, default, ("accounts", rich + poor));
        await panel.Source.ExecuteAsync(ReadSql, default, ("rich", rich), ("rich_tokens", (decimal)RichTokens),
            ("poor_tokens", (decimal)PoorTokens));
        await panel.Source.RunAloneAsync("vacuum analyze");

        Console.WriteLine("| heartbeat | accounts with weeks | accounts that run dry | seconds | calls for servers | reads of wallets " +
            "with weeks | reads of other wallets | most reads of one |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var isRight = true;
        foreach (var (heartbeat, waits, expectedReads) in new[] { ("the first", false, poor), ("a minute later", false, 0),
            ("five minutes later", true, poor), ("six minutes later", false, 0) })
        {
            if (waits)
                await panel.Source.ExecuteAsync(PassFiveMinutesSql, default);
            var before = virtFusion.Requests.Received.Count;
            var startedAt = Stopwatch.GetTimestamp();
            await panel.Services.GetRequiredService<ObserveTask>().RunAsync(default);
            await panel.Services.GetRequiredService<StandingsTask>().RunAsync(default);
            var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            var calls = virtFusion.Requests.Received.Skip(before).ToList();
            var reads = calls.Where(request => request.PathAndQuery.StartsWith(Balance, StringComparison.Ordinal))
                .Select(request => int.Parse(request.PathAndQuery[Balance.Length..].Split('?')[0], CultureInfo.InvariantCulture)).ToList();
            var (ofRich, maxOfOne) = (reads.Count(user => user <= rich),
                reads.GroupBy(user => user).Select(wallet => wallet.Count()).DefaultIfEmpty(0).Max());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {heartbeat} | {rich} | {poor} | {seconds:0.00} | {calls.Count - reads.Count} | {ofRich} | {reads.Count - ofRich} | " +
                    $"{maxOfOne} |"));
            isRight &= ofRich == 0 && maxOfOne <= 1 && reads.Count == expectedReads;
        }
        return isRight;
    }
}
