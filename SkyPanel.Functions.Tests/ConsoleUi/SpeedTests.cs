using System.Globalization;
using System.Net;
using SkyPanel.Demo.Postgres;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>How long pages take, and what they transfer, with a large fleet behind them.</summary>
public sealed class SpeedTests(ITestOutputHelper output)
{
    private const string MeasureVariable = "SKYPANEL_MEASURE_CONSOLE";
    private const int UsualServers = 100, ServersPerCustomer = 10, Hours = 12, MostBytes = 200_000;
    private const string Settled = "document.querySelector('main h1') !== null && document.querySelector('main .loading') === null";
    private const string Computed = "document.querySelector('main .loading, main .computing') === null";

    private const string FleetSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id)
        select n, 'u' || n, 'u' || n, 'Customer ' || n, 100 + n from generate_series(1, @servers / 10) as n on conflict do nothing;
        insert into public.virtfusion_hourly_billing
            (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, hours_in_month, last_billed_at,
            created_at)
        select 1 + n % (@servers / 10), n, n, n % 7, 'Plan', 2.5 + n % 48, 0, 730, @start, @start from generate_series(1, @servers) as n
        """;

    private static readonly string[] Summaries = ["day", "month", "account", "server"];

    [Fact]
    public async Task The_console_is_measured_with_a_small_fleet_and_with_a_large_one_when_asked_to()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(MeasureVariable), NumberStyles.None, CultureInfo.InvariantCulture,
            out var servers))
            servers = UsualServers;
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await BilledAsync(panel, servers);
        List<string> table = [$"{servers} servers, {await panel.ScalarAsync<long>("select count(*) from cron_service.charges")} charged " +
            $"hours", "| page | usable after, ms | computed on request, ms | transferred, bytes | requests |", "|---|---|---|---|---|"];
        await using (var browser = await Browser.LaunchAsync())
        {
            await using var page = new ConsolePage(await browser.NewPageAsync(), app.Http.BaseAddress!, "");
            await page.LogInAsync(AppProcess.AdminKey, "", isDark: false, width: 1280);
            await page.Page.SetCacheEnabledAsync(false);
            foreach (var path in PagesTests.Pages)
                table.Add(await MeasureAsync(page, app.Http.BaseAddress!, path));
        }
        foreach (var (name, path) in Summaries.Select(group => ($"summary by {group}", $"summary?groupBy={group}"))
            .Append(("forecast, computed anew", "forecast?limit=20")))
        {
            var since = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, (await app.GetAsync($"/api/admin/billing/{path}")).Status);
            table.Add(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | – | {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:0} | – | 1 |"));
        }
        table.ForEach(output.WriteLine);
        await File.WriteAllLinesAsync(Path.Combine(RepositoryRoot.Find()!, ".local", "console-speed.txt"), table, ct);
    }

    // Each page as by an address that was pasted: the whole console is loaded, without the browser's cache.
    private static async Task<string> MeasureAsync(ConsolePage page, Uri address, string path)
    {
        await page.Page.GoToAsync("about:blank");
        await page.Page.GoToAsync($"{address}#/{path}");
        await page.Page.WaitForExpressionAsync(Settled);
        var milliseconds = await page.Page.EvaluateExpressionAsync<double>("performance.now()");
        var bytes = await BytesAsync(page);
        var requests = await page.Page.EvaluateExpressionAsync<int>("performance.getEntriesByType('resource').length + 1");
        Assert.InRange(bytes, 1, MostBytes);
        // What grows with the fleet is computed on request.
        await page.Page.EvaluateExpressionAsync("document.querySelector('main .compute')?.click()");
        await page.Page.WaitForExpressionAsync(Computed);
        var computed = await page.Page.EvaluateExpressionAsync<double>("performance.now()");
        bytes = await BytesAsync(page);
        Assert.InRange(bytes, 1, MostBytes);
        return string.Create(CultureInfo.InvariantCulture, $"| /{path} | {milliseconds:0} | {computed:0} | {bytes} | {requests} |");
    }

    private static Task<long> BytesAsync(ConsolePage page) => page.Page.EvaluateExpressionAsync<long>(
        "performance.getEntries().filter(e => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0)");

    private static async Task<AppProcess> BilledAsync(OutsidePanel panel, int servers)
    {
        var (start, customers) = (OutsidePanel.HoursAgo(Hours), servers / ServersPerCustomer);
        for (var user = 1; user <= customers; user++)
            panel.VirtFusion.AddUser(user, 100 + user, 1_000_000);
        for (var server = 1; server <= servers; server++)
            panel.VirtFusion.AddServer(server, 101 + server % customers, start.AddHours(-1));
        await panel.Database.ExecuteAsync(FleetSql, ("servers", servers),
            ("start", DateTime.SpecifyKind(start.UtcDateTime, DateTimeKind.Unspecified)));
        // The debits stay: 10,000 calls to wallets say nothing about pages.
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(401));
        var app = await panel.StartAppAsync();
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
        await app.PostAsync(OutsidePanel.Trigger);
        // A request hands a long run over to the next heartbeat.
        while (await panel.ScalarAsync<bool>("select exists (select from cron_service.runs where status = 'running')"))
        {
            await app.PostAsync("/api/admin/cron/wake");
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        await panel.Database.ExecuteAsync("analyze");
        return app;
    }
}
