using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class CorrectionTests
{
    private const string Corrections = "/api/admin/billing/servers/1/corrections";

    [Fact]
    public async Task A_month_is_shown_gross_corrected_and_net()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(5));
        var app = await panel.StartAppAsync();
        await app.PostAsync(OutsidePanel.Trigger);
        var gross = 0.1m * await panel.ScalarAsync<long>(
            "select count(*) from cron_service.charges where hour_start >= date_trunc('month', now(), 'UTC')");
        Assert.Equal(HttpStatusCode.OK,
            (await app.PostAsync(Corrections, Asked(OutsidePanel.HoursAgo(5), 1, new { secondsPerHour = 0 }))).Status);

        var account = (await app.GetAsync("/api/admin/billing/accounts/1")).Body;
        var corrected = OutsidePanel.HoursAgo(5).Month == OutsidePanel.HoursAgo(0).Month ? -0.1m : 0;
        Assert.Equal((gross, corrected, gross + corrected), (Money(account["chargesThisMonth"]), Money(account["correctionsThisMonth"]),
            Money(account["netThisMonth"])));
        var month = (await app.GetAsync($"/api/admin/billing/servers/1/charges?month={OutsidePanel.HoursAgo(5):yyyy-MM}")).Body;
        Assert.Equal(-0.1m, Money(month["corrections"]));
        Assert.Equal(Money(month["gross"]) - 0.1m, Money(month["net"]));
    }

    [Fact]
    public async Task A_correction_beyond_a_bound_is_refused_or_waits_for_an_admin()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(("Billing__MaxAmountPerAccount", "5"), ("Metering__MaxMonthlyPrice", "10000"));
        await app.PostAsync(OutsidePanel.Trigger);
        var taken = OutsidePanel.FirstTokens - panel.VirtFusion.Wallet(1);

        var absurd = await app.PostAsync(Corrections, Asked(OutsidePanel.HoursAgo(10), 10, new { price = "1000000" }));
        Assert.Equal(HttpStatusCode.BadRequest, absurd.Status);
        Assert.Contains("Metering:MaxMonthlyPrice", absurd.Body["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        // Ten hours at 10.00 instead of 0.10 are 99.00 more.
        var (status, held) = await app.PostAsync(Corrections, Asked(OutsidePanel.HoursAgo(10), 10, new { price = "7300" }));
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Contains("99.000000 for user 1 is more than Billing:MaxAmountPerAccount 5", held["heldBecause"]!.GetValue<string>(),
            StringComparison.Ordinal);
        // One for each month.
        Assert.Equal(99, held["adjustments"]!.AsArray().Sum(adjustment => Money(adjustment!["amount"])));
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.adjustments"));
        var hold = Assert.Single((await app.GetAsync("/api/admin/billing/holds")).Body["holds"]!.AsArray())!;
        Assert.Equal(("correction", 1, 10, "99.000000"), (hold["scope"]!.GetValue<string>(), hold["serverId"]!.GetValue<int>(),
            hold["hours"]!.GetValue<int>(), hold["amount"]!.GetValue<string>()));

        // Meanwhile the hours become cheaper: approving would cost 99.50.
        Assert.Equal(HttpStatusCode.OK,
            (await app.PostAsync(Corrections, Asked(OutsidePanel.HoursAgo(10), 10, new { price = "36.50" }))).Status);
        var approve = $"/api/admin/billing/holds/{hold["id"]}/approve";
        var (dearer, problem) = await app.PostAsync(approve, new { reason = "fine" });
        Assert.Equal(HttpStatusCode.Conflict, dearer);
        Assert.Contains("would cost 99.500000 now, not the 99.000000", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        // Then half of them are credited: what is approved counts from there.
        Assert.Equal(HttpStatusCode.OK,
            (await app.PostAsync(Corrections, Asked(OutsidePanel.HoursAgo(10), 5, new { secondsPerHour = 0 }))).Status);
        var key = (await app.PostAsync("/api/admin/keys", new { name = "op", role = "operator" })).Body["key"]!.GetValue<string>();
        using (var http = new HttpClient { BaseAddress = app.Http.BaseAddress, DefaultRequestHeaders = { { "x-api-key", key } } })
        using (var refused = await http.PostAsJsonAsync(approve, new { reason = "fine" }, TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(approve, new { reason = "fine" })).Status);
        await panel.SettleAsync(app);

        // Five hours at 10.00, and the hours after the corrected ones as ever.
        var hours = await panel.ScalarAsync<long>("select count(*) from cron_service.charges");
        Assert.Equal(0.1m * (hours - 10) + 50m, await panel.ScalarAsync<decimal>("select sum(amount) from cron_service.server_months"));
        Assert.True((await app.GetAsync("/api/admin/billing/integrity")).Body["ok"]!.GetValue<bool>());
        Assert.Equal("charged", (await app.GetAsync("/api/admin/billing/holds?state=all")).Body["holds"]![0]!["state"]!.GetValue<string>());
        Assert.True(OutsidePanel.FirstTokens - panel.VirtFusion.Wallet(1) > taken);
    }

    private static JsonObject Asked(DateTimeOffset from, int hours, object what)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(what)!.AsObject();
        body["fromHour"] = from.UtcDateTime;
        body["untilHour"] = from.AddHours(hours).UtcDateTime;
        body["reason"] = "for the test";
        return body;
    }

    private static decimal Money(JsonNode? amount) =>
        decimal.Parse(amount!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
}
