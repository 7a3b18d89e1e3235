using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Top-ups as the panel, the payer's browser and PayPal see them.</summary>
public sealed class TopUpHttpTests
{
    private const string TopUps = "/api/top-ups";

    [Fact]
    public async Task A_top_up_can_be_clicked_through_with_the_panels_own_key()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var payPal = await PayPalSimulator.StartAsync(ct: ct);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(Settings(payPal));
        await EnableAsync(app);
        var key = (await app.PostAsync("/api/admin/keys", new { name = "the panel", role = "panel" })).Body["key"]!.GetValue<string>();
        app.Http.DefaultRequestHeaders.Remove("x-api-key");
        app.Http.DefaultRequestHeaders.Add("x-api-key", key);

        var (status, opened) = await app.SendAsync(HttpMethod.Post, TopUps, new { userId = 1, amount = "10.00" }, "order-1");
        Assert.Equal((HttpStatusCode.Created, "ordered", 1000, "10.000000"),
            (status, Text(opened, "state"), opened["tokens"]!.GetValue<int>(), Text(opened, "amount")));
        Assert.Equal(Text(opened, "approveUrl"),
            Text((await app.SendAsync(HttpMethod.Post, TopUps, new { userId = 1, amount = "10.00" }, "order-1")).Body, "approveUrl"));

        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        Assert.Contains("10.00 USD", await browser.GetStringAsync(Text(opened, "approveUrl"), ct), StringComparison.Ordinal);
        using var form = new FormUrlEncodedContent([new("token", payPal.Books.OrderIds[0]), new("act", "pay")]);
        using var approved = await browser.PostAsync($"{payPal.Address}/checkoutnow", form, ct);
        var back = approved.Headers.Location!;
        Assert.Equal($"{PayPalBench.PublicUrl}/api/paypal/return", back.GetLeftPart(UriPartial.Path));
        Assert.Contains("Thank you. Your payment was received",
            await browser.GetStringAsync(new Uri(app.Http.BaseAddress!, back.PathAndQuery), ct), StringComparison.Ordinal);

        Assert.Equal("granted", Text((await app.GetAsync($"{TopUps}/1")).Body, "state"));
        Assert.Equal(PayPalBench.Start + 1000, panel.VirtFusion.Wallet(1));
        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync("/api/admin/billing/accounts/7")).Status);
        foreach (var closed in new[] { "/api/admin/payments/top-ups", "/api/admin/cron/status", "/api/admin/billing/holds",
            "/api/admin/keys" })
            Assert.Equal((closed, HttpStatusCode.Forbidden), (closed, (await app.GetAsync(closed)).Status));
    }

    [Fact]
    public async Task A_webhook_alone_brings_the_tokens_and_a_forged_one_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var payPal = await PayPalSimulator.StartAsync(ct: ct);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(Settings(payPal));
        await EnableAsync(app);
        await app.PostAsync(TopUps, new { userId = 1, amount = "10.00" });
        payPal.Books.Approve(payPal.Books.OrderIds[0]);
        var (one, address) = (payPal.Webhooks.Events[0], new Uri(app.Http.BaseAddress!, "/api/paypal/webhook"));
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(HttpStatusCode.BadRequest, await payPal.Webhooks.DeliverAsync(one, address,
            payPal.Webhooks.Sign(one, now.AddDays(-30)), ct));
        Assert.Equal(HttpStatusCode.BadRequest,
            await payPal.Webhooks.DeliverAsync(one with { Body = one.Body.Replace("10.00", "99.00", StringComparison.Ordinal) }, address,
            payPal.Webhooks.Sign(one), ct));
        Assert.Equal(0L, await panel.ScalarAsync<long>("select count(*) from cron_service.paypal_events"));
        foreach (var _ in Enumerable.Range(0, 3))
            Assert.Equal(HttpStatusCode.OK, await payPal.Webhooks.DeliverAsync(one, address, ct: ct));

        await panel.UntilAsync("select exists (select from cron_service.top_ups where state = 'granted')");
        Assert.Equal((PayPalBench.Start + 1000, 1L),
            (panel.VirtFusion.Wallet(1), await panel.ScalarAsync<long>("select count(*) from cron_service.paypal_events")));
    }

    [Fact]
    public async Task What_is_missing_before_customers_can_pay_is_said()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1);
        foreach (var (settings, said) in new[]
        {
            ([], "PayPal:ClientId and PayPal:ClientSecret are not configured"),
            (Settings(payPal).Where(setting => setting.Name != "Public__BaseUrl").ToArray(), "Public:BaseUrl is not configured"),
            (Settings(payPal), "an admin enables them with PUT /api/admin/cron/jobs/payments/settings"),
        })
        {
            await using var app = await AppProcess.StartAsync(panel.Environment(settings));
            var (status, refusal) = await app.PostAsync(TopUps, new { userId = 1, amount = "10.00" });
            Assert.Equal(HttpStatusCode.Conflict, status);
            Assert.Contains(said, Text(refusal, "detail"), StringComparison.Ordinal);
        }
        Assert.Empty(payPal.Requests.Received);
    }

    [Fact]
    public async Task An_operator_grants_what_is_held_and_gives_money_back_once()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(Settings(payPal));
        await EnableAsync(app);
        await app.PostAsync(TopUps, new { userId = 1, amount = "10.00" });
        var order = payPal.Books.OrderIds[0];
        payPal.Books.Approve(order);
        payPal.Books.Distort(order,
            shown => ((shown["purchase_units"]![0]!["payments"]?["captures"]?[0] ?? new JsonObject())["custom_id"]) = "another-shop");
        Assert.Equal("held", Text((await app.PostAsync($"{TopUps}/1/return")).Body, "state"));
        const string one = "/api/admin/payments/top-ups/1";

        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync($"{one}/grant", new { reason = "the payer is theirs" })).Status);
        Assert.Equal(PayPalBench.Start + 1000, panel.VirtFusion.Wallet(1));
        Assert.Equal(HttpStatusCode.Conflict, (await app.PostAsync($"{one}/grant", new { reason = "again" })).Status);
        foreach (var amount in new[] { "0", "-1.00", "10.01", "1.005" })
            Assert.Equal((amount, HttpStatusCode.BadRequest),
                (amount, (await app.PostAsync($"{one}/refund", new { reason = "asked for it", amount })).Status));
        foreach (var _ in Enumerable.Range(0, 2))
            Assert.Equal(HttpStatusCode.OK,
                (await app.SendAsync(HttpMethod.Post, $"{one}/refund", new { reason = "asked for it", amount = "4.00" },
                "refund-1")).Status);

        Assert.Equal((6m, PayPalBench.Start + 600), (payPal.Books.NetAmount(order), panel.VirtFusion.Wallet(1)));
        Assert.Equal(2L, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.audit where action in ('grant-top-up', 'refund-top-up') and subject = 'top-up 1'"));
        var month = (await app.GetAsync("/api/admin/payments/reconciliation")).Body;
        while ($"{month["atPayPal"]}" == "0") // PayPal is asked up to the last full second.
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
            month = (await app.GetAsync("/api/admin/payments/reconciliation")).Body;
        }
        Assert.Equal(("1", "1", 0, 0), ($"{month["atPayPal"]}", $"{month["here"]}", month["unknownHere"]!.AsArray().Count,
            month["different"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_capture_in_doubt_whose_order_is_gone_is_held_and_a_person_closes_it()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(Settings(payPal));
        await EnableAsync(app);
        await app.PostAsync(TopUps, new { userId = 1, amount = "10.00" });
        payPal.Books.Approve(payPal.Books.OrderIds[0]);
        payPal.Faults.Add("POST", $"{PayPalBench.Orders}/{payPal.Books.OrderIds[0]}/capture", Fault.Reset(), times: 1);
        Assert.Equal("in_doubt", Text((await app.PostAsync($"{TopUps}/1/return")).Body, "state"));
        payPal.Books.Expire(payPal.Books.OrderIds[0]);
        Assert.Equal("in_doubt", Text((await app.PostAsync($"{TopUps}/1/return")).Body, "state"));

        await panel.Panel.Database.ExecuteAsync("""
            alter table cron_service.top_ups disable trigger check_top_up_change;
            update cron_service.top_ups set created_at = created_at - interval '25 hours';
            alter table cron_service.top_ups enable trigger check_top_up_change
            """);
        var held = (await app.PostAsync($"{TopUps}/1/return")).Body;
        Assert.Equal("held", Text(held, "state"));
        Assert.Contains("look for the invoice", Text(held, "message"), StringComparison.Ordinal);
        const string one = "/api/admin/payments/top-ups/1";
        Assert.Equal(HttpStatusCode.Conflict, (await app.PostAsync($"{one}/grant", new { reason = "paid" })).Status);
        var (status, closed) = await app.PostAsync($"{one}/refund", new { reason = "PayPal has no such payment" });
        Assert.Equal((HttpStatusCode.OK, "denied", "PayPal has no such payment"), (status, Text(closed, "state"), Text(closed, "message")));
        Assert.Equal("denied", Text((await app.PostAsync($"{TopUps}/1/return")).Body, "state"));
    }

    internal static (string Name, string Value)[] Settings(PayPalSimulator payPal) =>
        [.. PayPalBench.Settings(payPal).Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), setting.Value))];

    // A run by the clock would keep the one that the test asks for from starting.
    private const string NeverDue = "0 0 1 1 *";

    internal static Task EnableAsync(AppProcess app) => app.PutAsync("/api/admin/cron/jobs/payments/settings",
        new { enabled = true, schedule = NeverDue, note = "customers may pay" });

    private static string Text(JsonObject body, string name) => body[name]!.GetValue<string>();
}
