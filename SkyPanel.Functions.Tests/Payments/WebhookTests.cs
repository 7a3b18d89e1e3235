using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Who is believed, and that being believed moves nothing by itself.</summary>
public sealed class WebhookTests
{
    [Fact]
    public async Task A_genuine_event_is_stored_once_and_wakes_its_top_up()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var approved = Assert.Single(bench.PayPal.Webhooks.Events);

        foreach (var isFirst in new[] { true, false, false })
            Assert.Equal((200, isFirst), await PostAsync(bench, approved));
        await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: true, PayPalBench.Cancel);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Requests.Count("GET", "v1/notifications/certs/"));
    }

    [Fact]
    public async Task Events_in_any_order_and_twice_come_to_the_same()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.Get<PayPalClient>().CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-1", PayPalBench.Cancel);
        bench.PayPal.Books.Refund(topUp.OrderId!, 2.5m);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 7.5m);
        bench.PayPal.Books.Resolve(dispute, isWon: false);

        foreach (var one in bench.PayPal.Webhooks.Events.Reverse().Concat(bench.PayPal.Webhooks.Events))
        {
            Assert.Equal(200, (await PostAsync(bench, one)).Status);
            await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: true, PayPalBench.Cancel);
        }
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Lost, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(bench.PayPal.Webhooks.Events.Count,
            (int)await bench.Panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.paypal_events where top_up_id is not null"));
    }

    // What the body claims is asked of PayPal, which knows nothing of it.
    [Fact]
    public async Task A_genuine_event_that_says_paid_grants_nothing_that_PayPal_does_not_show()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        var lie = new SimulatedEvent("WH-LIE", "PAYMENT.CAPTURE.COMPLETED",
            $$"""{"id":"WH-LIE","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"CAPTURE","status":"COMPLETED",""" +
            $$"""  "custom_id":"{{topUp.Reference}}","amount":{"currency_code":"USD","value":"10.00"} } }""");

        Assert.Equal((200, true), await PostAsync(bench, lie));
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Ordered, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    public static TheoryData<string> Forgeries => ["body", "signature", "no base64", "algorithm", "foreign certificate",
        "certificate from elsewhere", "path", "a month old", "from the future", "not a time", "webhook of another"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task What_does_not_prove_itself_is_refused_and_stored_nowhere(string forgery)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var one = bench.PayPal.Webhooks.Events[0];
        var now = TimeProvider.System.GetUtcNow();
        using var foreign = new PayPalCertificate(now.AddDays(-1), now.AddDays(1), isForeign: true);
        var (headers, algorithm) = (bench.PayPal.Webhooks.Sign(one), "SHA256withRSA");
        switch (forgery)
        {
            case "body": one = one with { Body = one.Body.Replace("10.00", "99.00", StringComparison.Ordinal) }; break;
            case "signature": headers = headers with { Signature = Convert.ToBase64String(new byte[256]) }; break;
            case "no base64": headers = headers with { Signature = "!" }; break;
            case "algorithm": algorithm = "none"; break;
            case "foreign certificate": headers = bench.PayPal.Webhooks.Sign(one, certificate: foreign); break;
            case "certificate from elsewhere": headers =
                headers with { CertificateUrl = "http://127.0.0.1:1/v1/notifications/certs/CERT" }; break;
            case "path":
                headers = headers with { CertificateUrl = $"{bench.PayPal.Address}/v1/notifications/certs/../../checkoutnow" }; break;
            case "a month old": headers = bench.PayPal.Webhooks.Sign(one, now.AddDays(-30)); break;
            case "from the future": headers = bench.PayPal.Webhooks.Sign(one, now.AddHours(1)); break;
            case "not a time": headers = headers with { Time = "yesterday" }; break;
            case "webhook of another": headers =
                headers with { Signature = bench.PayPal.Webhooks.Certificate.Sign(headers.TransmissionId, headers.Time, "WH-OF-ANOTHER",
                Encoding.UTF8.GetBytes(one.Body)) }; break;
        }

        Assert.Equal(400, (await PostAsync(bench, one, headers, algorithm)).Status);

        Assert.Equal(0L, await bench.Panel.Database.ScalarAsync<long>("select count(*) from cron_service.paypal_events"));
        Assert.Equal(TopUpState.Ordered, (await bench.FindAsync(topUp.Id)).State);
    }

    [Theory]
    [InlineData("messageverificationcerts.example.com", 0, 30)]
    [InlineData("messageverificationcerts.paypal.com", -30, -1)]
    [InlineData("messageverificationcerts.paypal.com", 1, 30)]
    public async Task A_certificate_of_another_name_or_time_is_not_believed(string name, int fromDays, int untilDays)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var now = TimeProvider.System.GetUtcNow();
        bench.PayPal.Webhooks.Certificate = new(now.AddDays(fromDays).AddMinutes(-1), now.AddDays(untilDays), name);

        Assert.Equal(400, (await PostAsync(bench, bench.PayPal.Webhooks.Events[0])).Status);
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData("FAILURE", 400)]
    public async Task PayPal_is_asked_where_its_certificate_cannot_be_fetched(string? answer, int status)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Webhooks.PostBackAnswer = answer;
        bench.PayPal.Faults.Add("GET", "v1/notifications/certs/", Fault.Answer(503));

        Assert.Equal(status, (await PostAsync(bench, bench.PayPal.Webhooks.Events[0])).Status);
        Assert.Equal(1, bench.PayPal.Requests.Count("POST", "v1/notifications/verify-webhook-signature"));
    }

    [Fact]
    public async Task What_cannot_be_verified_now_is_asked_for_again()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Faults.Add("*", "v1/notifications/", Fault.Answer(503));
        Assert.Equal(503, (await PostAsync(bench, bench.PayPal.Webhooks.Events[0])).Status);
    }

    [Fact]
    public async Task A_certificate_that_PayPal_does_not_have_is_no_reason_to_ask()
    {
        await using var bench = await PayPalBench.StartAsync();
        var one = await ApproveAsync(bench);

        Assert.Equal(400, (await PostAsync(bench, one, NamingCertificate(bench, one, "NONE"))).Status);
        Assert.Equal(0, bench.PayPal.Requests.Count("POST", "v1/notifications/verify-webhook-signature"));
    }

    [Fact]
    public async Task Webhooks_make_the_app_ask_PayPal_a_limited_number_of_times()
    {
        await using var bench = await PayPalBench.StartAsync();
        var one = await ApproveAsync(bench);
        bench.PayPal.Webhooks.PostBackAnswer = "FAILURE";
        bench.PayPal.Faults.Add("GET", "v1/notifications/certs/", Fault.Answer(503));
        Assert.Equal(400, (await PostAsync(bench, one)).Status);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => PostAsync(bench, one)));

        Assert.Equal([400, 503], answers.Select(answer => answer.Status).Distinct().Order());
        Assert.InRange(bench.PayPal.Requests.Count("POST", "v1/notifications/verify-webhook-signature"), 50, 90);
    }

    [Fact]
    public async Task Forged_webhooks_do_not_displace_the_certificate_of_PayPal()
    {
        await using var bench = await PayPalBench.StartAsync();
        var one = await ApproveAsync(bench);
        Assert.Equal(200, (await PostAsync(bench, one)).Status);
        var requests = bench.PayPal.Requests.Count("GET", "v1/notifications/certs/");

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => PostAsync(bench, one, NamingCertificate(bench, one, $"FORGED-{i}"))));

        Assert.Equal(200, (await PostAsync(bench, one)).Status);
        Assert.InRange(bench.PayPal.Requests.Count("GET", "v1/notifications/certs/") - requests, 50, 90);
    }

    [Theory]
    [InlineData("https://api-m.paypal.com", "https://api.paypal.com/v1/notifications/certs/CERT-1", true)]
    [InlineData("https://api-m.paypal.com", "https://api-m.paypal.com/v1/notifications/certs/CERT-1", true)]
    [InlineData("https://api-m.paypal.com", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.sandbox.paypal.com", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", true)]
    [InlineData("https://api-m.paypal.com", "http://api.paypal.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.paypal.com", "https://api.paypal.com.example/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.paypal.com", "https://api.paypal.com@example.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.paypal.com", "https://api.paypal.com:8443/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.paypal.com", "https://api.paypal.com/v1/notifications/certs/../../x", false)]
    [InlineData("https://api-m.paypal.com", "http://127.0.0.1/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api-m.paypal.com", "file:///v1/notifications/certs/CERT-1", false)]
    public async Task Certificates_come_from_the_addresses_of_the_PayPal_that_is_used(string baseUrl, string url, bool isAllowed)
    {
        await using var panel = await TestPanel.StartAsync(("PayPal:BaseUrl", baseUrl));
        Assert.Equal(isAllowed, panel.Services.GetRequiredService<WebhookCertificates>().IsAllowed(url));
    }

    private static WebhookHeaders NamingCertificate(PayPalBench bench, SimulatedEvent one, string name) =>
        bench.PayPal.Webhooks.Sign(one) with { CertificateUrl = $"{bench.PayPal.Address}/v1/notifications/certs/{name}" };

    /// <summary>As the HTTP function does, without its background.</summary>
    // Opens and approves a top-up.
    private static async Task<SimulatedEvent> ApproveAsync(PayPalBench bench)
    {
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        return bench.PayPal.Webhooks.Events[0];
    }

    private static async Task<(int Status, bool IsNew)> PostAsync(PayPalBench bench, SimulatedEvent one, WebhookHeaders? headers = null,
        string algorithm = "SHA256withRSA")
    {
        var http = new HeaderDictionary();
        foreach (var (name, value) in PayPalWebhooks.All(headers ?? bench.PayPal.Webhooks.Sign(one)))
            http[name] = name == "PAYPAL-AUTH-ALGO" ? algorithm : value;
        var body = Encoding.UTF8.GetBytes(one.Body);
        switch (await bench.Get<WebhookVerifier>().VerifyAsync(WebhookSignature.Read(http)!, body, PayPalBench.Cancel))
        {
            case WebhookVerdict.Genuine(var sentAt):
                return (200, (await bench.Get<PayPalEvents>().StoreAsync(body, sentAt, PayPalBench.Cancel))!.Value.IsNew);
            case WebhookVerdict.Forged:
                return (400, false);
            default:
                return (503, false);
        }
    }
}
