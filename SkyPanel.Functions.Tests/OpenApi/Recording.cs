using System.Text.Json.Nodes;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>A panel where each route has something to do and something to refuse, asked for all of it once.</summary>
public sealed partial class Recording : IAsyncLifetime
{
    private const string Cron = "/api/admin/cron", Billing = "/api/admin/billing", Keys = "/api/admin/keys",
        Secret = "/api/admin/settings/paypal_client_id";

    // Well-formed, and of an authority that isn't there.
    private const string Token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    private readonly OutsidePanel _panel = new();
    private PayPalSimulator _payPal = null!;

    public IReadOnlyList<Recorded> All { get; private set; } = [];

    /// <summary>Of the app that was asked.</summary>
    public string SchedulesFile => _panel.SchedulesFile;

    public async ValueTask InitializeAsync()
    {
        await _panel.InitializeAsync();
        _payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        foreach (var (server, user, hours) in new[] { (1001, 1, 3), (1002, 2, 10), (1003, 3, 10), (1006, 6, 40), (1007, 7, 40) })
            await _panel.Panel.AddServerAsync(server, user, monthlyPrice: 73, OutsidePanel.HoursAgo(hours));
        await WhatIfRecording.PrepareAsync(_panel.Panel);
        _panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/3", Fault.Answer(422, """{"msg":"no"}"""));
        _panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/2", Fault.Answer(422, """{"msg":"no"}"""));
        var app = await _panel.StartAppAsync(("Billing__MaxCatchUp", "1.00:00:00"), ("Wallet__MaxAttempts", "1"),
            ("Admin__Jwt__Authority", "http://127.0.0.1:1"), ("Admin__Jwt__Audience", "skypanel"),
            ("PayPal__BaseUrl", _payPal.Address), ("PayPal__ClientSecret", PayPalSimulator.ClientSecret),
                ("PayPal__WebhookId", PayPalSimulator.WebhookId), ("Public__BaseUrl", "https://billing.example"));
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        var (recorder, stranger) = (new Recorder(app.Http), new Recorder(http));

        await recorder.GetAsync("alive", "/api/health");
        await recorder.GetAsync("ready", "/api/health/ready");
        await recorder.GetAsync("this", "/api/openapi.json");
        await JobsAsync(recorder);
        await MoneyAsync(recorder);
        await CustomersAsync(recorder);
        await CustomerRecording.StatementsAsync(recorder);
        await WhatIfRecording.AskAsync(recorder, app, _panel);
        await CancelAsync(recorder, app);
        await PaymentsAsync(recorder);
        await NoticesAsync(recorder);
        await RefusedByThePanelAsync(recorder);
        await KeysAsync(recorder, stranger);
        await stranger.GetAsync("without a key", $"{Cron}/status");
        await stranger.AskAsync("while the authority is away", "get", $"{Cron}/status", key: Token);
        while (stranger.All[^1].Status != 429)
            await stranger.AskAsync("guessed", "get", $"{Cron}/status", key: "guess");
        while ((await app.GetAsync("/api/admin/audit/refusals")).Body["refusals"]!.AsArray().Count < 3) // They are written each second.
            await Task.Delay(100, TestContext.Current.CancellationToken);
        await recorder.GetAsync("refused", "/api/admin/audit/refusals?limit=3");
        await recorder.GetAsync("latest", "/api/admin/audit?limit=2");
        await recorder.GetAsync("exported", "/api/admin/audit?format=csv&action=pause");
        All = [.. recorder.All, .. stranger.All];
    }

    public async ValueTask DisposeAsync()
    {
        await _panel.DisposeAsync();
        await _payPal.DisposeAsync();
    }

    private static async Task JobsAsync(Recorder api)
    {
        await api.PostAsync("workdays", $"{Cron}/validate", new { schedule = "30 7 * * 1-5", timeZone = "Europe/Berlin", count = 2 });
        await api.AskAsync("take-over", "put", $"{Cron}/jobs/hourly-billing/settings",
            new { enabled = true, schedule = "0 * * * *", note = "taken over from the panel" });
        await api.AskAsync("unknown", "put", $"{Cron}/jobs/mining/settings", new { enabled = true });
        await api.GetAsync("hourly billing", $"{Cron}/jobs/hourly-billing/settings");
        await api.GetAsync("unknown", $"{Cron}/jobs/mining/settings");
        await api.PostAsync("dry run", $"{Cron}/trigger-hourly-billing", new { dryRun = true });
        var run = await api.PostAsync("run", $"{Cron}/trigger-hourly-billing", new { dryRun = false });
        await api.PostAsync("monitoring", $"{Cron}/jobs/monitoring/trigger", new { });
        await api.PostAsync("unknown", $"{Cron}/jobs/mining/trigger");
        await api.PostAsync("nothing is due", $"{Cron}/wake");
        await api.GetAsync("at a glance", $"{Cron}/status");
        await api.GetAsync("latest", $"{Cron}/logs?limit=1");
        await api.GetAsync("misspelt", $"{Cron}/logs?statsu=failed");
        await api.GetAsync("partial", $"{Cron}/runs/{run!["runId"]}");
        await api.GetAsync("unknown", $"{Cron}/runs/999999");
        await api.GetAsync("last seven days", $"{Cron}/metrics");
        await api.GetAsync("well", "/api/admin/doctor");
        await api.GetAsync("all", "/api/admin/monitoring/checks");

        await api.PostAsync("migration", $"{Cron}/pause", new { note = "the panel moves to another host" });
        await api.PostAsync("too large", $"{Cron}/pause", new ByteArrayContent(new byte[ApiJson.LargestBody + 1]));
        await api.PostAsync("paused", $"{Cron}/trigger-hourly-billing");
        await api.PostAsync("paused", $"{Cron}/jobs/monitoring/trigger");
        await api.PostAsync("migration", $"{Cron}/resume", new { note = "moved" });
        await api.PostAsync("one job", $"{Cron}/jobs/dns-renewal/pause", new { note = "the registrar is down" });
        await api.PostAsync("unknown", $"{Cron}/jobs/mining/pause", new { note = "why" });
        await api.PostAsync("one job", $"{Cron}/jobs/dns-renewal/resume", new { note = "it is up" });
        await api.PostAsync("unknown", $"{Cron}/jobs/mining/resume", new { });
    }

    private static async Task MoneyAsync(Recorder api)
    {
        var hour = OutsidePanel.HoursAgo(2).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        await api.GetAsync("caller", "/api/admin/me");
        await api.GetAsync("by what they owe", $"{Billing}/accounts?sort=owed&limit=2");
        await api.GetAsync("of a customer", $"{Billing}/servers?userId=1");
        await api.GetAsync("this month by day", $"{Billing}/summary?groupBy=day&from={hour[..7]}-01");
        await api.GetAsync("latest", $"{Billing}/accounts/1/timeline?limit=2");
        await api.GetAsync("unknown", $"{Billing}/accounts/999999/timeline");
        await api.GetAsync("customer", $"{Billing}/accounts/1");
        await api.GetAsync("unknown", $"{Billing}/accounts/999999");
        await api.GetAsync("this month", $"{Billing}/servers/1001/charges?month={hour[..7]}");
        await api.GetAsync("unknown", $"{Billing}/servers/999999/charges");
        await api.GetAsync("charged", $"{Billing}/servers/1001/charges/{hour}");
        await api.GetAsync("unknown", $"{Billing}/servers/999999/charges/{hour}");
        await api.GetAsync("every law", $"{Billing}/integrity");

        var waiting = (await api.GetAsync("open", $"{Billing}/holds"))!;
        var holds = waiting["holds"]!.AsArray();
        await api.PostAsync("approve", $"{Billing}/holds/{holds[0]!["id"]}/approve", new { reason = "seen in the panel" });
        await api.PostAsync("again", $"{Billing}/holds/{holds[0]!["id"]}/approve", new { reason = "seen in the panel" });
        await api.PostAsync("unknown", $"{Billing}/holds/999999/approve", new { reason = "seen in the panel" });
        await api.PostAsync("not as many", $"{Billing}/holds/reject", new { reason = "our outage", count = 9 });
        await api.PostAsync("unknown", $"{Billing}/holds/withdraw", new { reason = "our outage", count = 1 });
        await api.PostAsync("all", $"{Billing}/holds/reject", new { reason = "our outage", count = 1 });

        var debit = (await api.GetAsync("waiting", $"{Billing}/debits?state=waiting"))!["debits"]![0]!["id"];
        await api.PostAsync("settle", $"{Billing}/debits/{debit}/settle", new { reason = "the wallet was lower" });
        await api.PostAsync("again", $"{Billing}/debits/{debit}/settle", new { reason = "the wallet was lower" });
        await api.PostAsync("unknown", $"{Billing}/debits/999999/settle", new { reason = "the wallet was lower" });
        await api.PostAsync("not as many", $"{Billing}/debits/resend", new { reason = "it refused, and is mended", count = 9 });
        await api.PostAsync("unknown", $"{Billing}/debits/approve", new { reason = "it refused, and is mended", count = 1 });
        await api.PostAsync("all", $"{Billing}/debits/resend", new { reason = "it refused, and is mended", count = 1 });

        await api.PostAsync("credit an hour", $"{Billing}/servers/1001/corrections",
            new { fromHour = hour, untilHour = Next(hour), secondsPerHour = 0, reason = "the node was down" });
        await api.PostAsync("unknown", $"{Billing}/servers/999999/corrections",
            new { fromHour = hour, untilHour = Next(hour), secondsPerHour = 0, reason = "the node was down" });
        await api.GetAsync("credited", $"{Billing}/servers/1001/corrections");
        await api.GetAsync("unknown", $"{Billing}/servers/999999/corrections");
        await api.PostAsync("refund", $"{Billing}/accounts/1/refund", new { reason = "the node was down" });
        await api.PostAsync("again", $"{Billing}/accounts/1/refund", new { reason = "the node was down" });
        await api.PostAsync("unknown", $"{Billing}/accounts/999999/refund", new { reason = "the node was down" });
    }

    private async Task CancelAsync(Recorder api, AppProcess app)
    {
        var gate = new RequestGate();
        _panel.VirtFusion.Faults.Clear();
        _panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate), times: 1);
        var triggered = app.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        var run = (await app.GetAsync($"{Cron}/logs?status=running")).Body["runs"]![0]!["runId"];
        await api.PostAsync("running", $"{Cron}/runs/{run}/cancel");
        gate.Open();
        await triggered;
        await api.PostAsync("ended", $"{Cron}/runs/{run}/cancel");
        await api.PostAsync("unknown", $"{Cron}/runs/999999/cancel");
    }

    private async Task PaymentsAsync(Recorder api)
    {
        const string TopUps = "/api/top-ups", Payments = "/api/admin/payments";
        var order = new { userId = 1, amount = "10.00" };
        await api.PostAsync("without credentials", TopUps, order);
        await api.AskAsync("PayPal", "put", Secret, new { value = PayPalSimulator.ClientId });
        await api.AskAsync("customers may pay", "put", $"{Cron}/jobs/payments/settings",
            new { enabled = true, note = "customers may pay" });
        await api.PostAsync("ten dollars", TopUps, order);
        await api.PostAsync("unknown", TopUps, new { userId = 999999, amount = "10.00" });
        await api.PostAsync("too little", TopUps, new { userId = 1, amount = "0.50" });
        await api.GetAsync("not approved", $"{TopUps}/1");
        await api.GetAsync("unknown", $"{TopUps}/999999");
        _payPal.Books.Approve(_payPal.Books.OrderIds[0]);
        await api.PostAsync("paid", $"{TopUps}/1/return");
        await api.PostAsync("unknown", $"{TopUps}/999999/return");
        await api.PostAsync("five dollars", TopUps, new { userId = 1, amount = "5.00" });
        await api.GetAsync("payer", $"/api/paypal/return?token={_payPal.Books.OrderIds[1]}&PayerID=PAYER");
        _payPal.Books.Distort(_payPal.Books.OrderIds[1],
            shown => ((shown["purchase_units"]![0]!["payments"]?["captures"]?[0] ?? new JsonObject())["custom_id"]) = "another-shop");
        _payPal.Books.Approve(_payPal.Books.OrderIds[1]);
        var approved = _payPal.Webhooks.Events[^1];
        using var delivery = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(approved.Body));
        foreach (var (name, value) in PayPalWebhooks.All(_payPal.Webhooks.Sign(approved)))
            delivery.Headers.TryAddWithoutValidation(name, value);
        await api.PostAsync("order approved", "/api/paypal/webhook", delivery);
        await _panel.UntilAsync("select exists (select from cron_service.top_ups where id = 2 and state = 'held')");
        await api.GetAsync("payer", $"/api/paypal/cancel?token={_payPal.Books.OrderIds[1]}");
        await api.GetAsync("held", $"{Payments}/top-ups?state=held");
        await api.PostAsync("the payer is theirs", $"{Payments}/top-ups/2/grant", new { reason = "the payer is theirs" });
        await api.PostAsync("again", $"{Payments}/top-ups/2/grant", new { reason = "the payer is theirs" });
        await api.PostAsync("unknown", $"{Payments}/top-ups/999999/grant", new { reason = "the payer is theirs" });
        await api.PostAsync("half of it", $"{Payments}/top-ups/1/refund", new { reason = "asked for it", amount = "5.00" });
        await api.PostAsync("the rest", $"{Payments}/top-ups/1/refund", new { reason = "asked for it" });
        await api.PostAsync("again", $"{Payments}/top-ups/1/refund", new { reason = "asked for it" });
        await api.PostAsync("unknown", $"{Payments}/top-ups/999999/refund", new { reason = "asked for it" });
        await api.GetAsync("this month", $"{Payments}/reconciliation");
        _payPal.Faults.Add("GET", "v1/reporting",
            Fault.Answer(403, """{"name":"NOT_AUTHORIZED","message":"Authorization failed due to insufficient permissions."}"""));
        await api.GetAsync("not allowed at PayPal", $"{Payments}/reconciliation");
        await CustomerRecording.PayAsync(api);
        await api.AskAsync("off again", "put", $"{Cron}/jobs/payments/settings", new { enabled = false });
        await api.AskAsync("PayPal's, forgotten", "delete", Secret);
    }

    private async Task RefusedByThePanelAsync(Recorder api)
    {
        await _panel.Database.ExecuteAsync(
            "alter table public.server_hourly_billing_settings add constraint on_the_hour check (cron_schedule like '0 %')");
        await api.AskAsync("refused by the panel's table", "put", $"{Cron}/jobs/hourly-billing/settings", new { schedule = "5 * * * *" });
        await _panel.Database.ExecuteAsync("alter table public.server_hourly_billing_settings drop constraint on_the_hour");
    }

    private async Task KeysAsync(Recorder api, Recorder stranger)
    {
        var made = (await api.PostAsync("dashboard", Keys, new { name = "dashboard", role = "viewer", owner = "operations" }))!;
        await stranger.AskAsync("viewer", "post", $"{Cron}/pause", new { note = "why" }, key: made["key"]!.GetValue<string>());
        var one = $"{Keys}/{made["info"]!["id"]}";
        await api.PostAsync("an hour's grace", $"{one}/rotate", new { graceMinutes = 60 });
        await api.GetAsync("all", Keys);
        await api.AskAsync("lost", "delete", one);
        await api.PostAsync("revoked", $"{one}/rotate", new { });
        await api.PostAsync("unknown", $"{Keys}/abcd2345/rotate", new { });
        await api.AskAsync("unknown", "delete", $"{Keys}/abcd2345");
        await _panel.Database.ExecuteAsync("""
            insert into cron_service.api_keys (id, secret_hash, name, role, expires_at, created_by)
            select translate(lpad(n::text, 8, '0'), '0189', 'abcd'), sha256(n::text::bytea), 'one of many', 'viewer',
                now() + interval '1 day', 'test' from generate_series(1, 1000) as n
            """);
        await api.PostAsync("one too many", Keys, new { name = "dashboard", role = "viewer" });

        await api.AskAsync("PayPal", "put", Secret, new { value = "AZ1x-an-id-that-PayPal-gave" });
        await api.GetAsync("PayPal", Secret);
        await _panel.Database.ExecuteAsync("update cron_service.secrets set ciphertext = 'of a lost certificate'");
        await api.GetAsync("its certificate is lost", Secret);
        await api.AskAsync("PayPal", "delete", Secret);
        foreach (var method in new[] { "get", "put", "delete" })
            await api.AskAsync("unknown", method, "/api/admin/settings/mining", method == "put" ? new { value = "1" } : null);
    }

    private static string Next(string hour) => DateTimeOffset.Parse(hour, System.Globalization.CultureInfo.InvariantCulture).AddHours(1)
        .ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
