using System.Text.Json.Nodes;
using SkyPanel.Functions.Tests.Dns;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class DnsRenewalTests
{
    private const string Trigger = "/api/admin/cron/jobs/dns-renewal/trigger";
    private const string Settings = "/api/admin/cron/jobs/dns-renewal/settings";

    [Fact]
    public async Task A_panel_without_dns_plans_is_left_alone_and_told()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();

        var run = (await app.PostAsync(Trigger)).Body;

        Assert.True(run["success"]!.GetValue<bool>());
        Assert.Contains("this panel has no DNS plans", run["result"]!["details"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["dns_plans", "dns_plan_subscriptions"], (await StatsAsync(app))["missingTables"]!.AsArray()
            .Select(name => name!.GetValue<string>()));
    }

    [Fact]
    public async Task Renewed_over_http_until_the_panels_own_engine_renews_too()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.MakeTablesAsync();
        await panel.Panel.SubscribeAsync(1, 11, 19.99m, $"{TimeProvider.System.GetUtcNow().AddDays(-1):yyyy-MM-dd HH:mm:ss}");
        var app = await panel.StartAppAsync();
        Assert.Equal("bootstrap-key", (await app.PutAsync(Settings, new { enabled = true })).Body["takenOverBy"]!.GetValue<string>());
        Assert.Equal(1, (await StatsAsync(app))["due"]!.GetValue<int>());

        var run = (await app.PostAsync(Trigger)).Body;

        Assert.Equal(("19.990000", 1999), (run["result"]!["totalBilled"]!.GetValue<string>(),
            run["result"]!["tokensDebited"]!.GetValue<int>()));
        var stats = await StatsAsync(app);
        Assert.Equal((1, 0, 1, "19.990000"), (stats["active"]!.GetValue<int>(), stats["due"]!.GetValue<int>(),
            stats["renewedThisMonth"]!.GetValue<int>(),
            stats["amountThisMonth"]!.GetValue<string>()));
        Assert.Null(stats["interlockReason"]);

        await panel.Database.ExecuteAsync(
            "insert into public.transactions (user_id, amount, type, description) values (11, -10, 'dns_plan_renewal', 'not ours')");
        Assert.Equal("skipped", (await app.PostAsync(Trigger)).Body["status"]!.GetValue<string>());
        Assert.NotNull((await StatsAsync(app))["interlockReason"]);
        await app.PutAsync(Settings, new { enabled = true });
        Assert.Equal("succeeded", (await app.PostAsync(Trigger)).Body["status"]!.GetValue<string>());
    }

    private static async Task<JsonNode> StatsAsync(AppProcess app) => (await app.GetAsync(OutsidePanel.Status)).Body["dnsStats"]!;
}
