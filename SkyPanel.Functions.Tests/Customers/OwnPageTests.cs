using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What customers' links must never open, over HTTP: another account's data, and an amount, a currency or an account that the
/// browser chose.</summary>
public sealed class OwnPageTests(OwnPageTests.Bench bench) : IClassFixture<OwnPageTests.Bench>
{
    private const string Links = "/api/admin/customers/1/links", TopUps = "/api/top-ups";

    public static TheoryData<string, string> OfAnotherAccount => new()
    {
        { "GET", "/api/pay/servers/2/charges" }, { "GET", "/api/pay/servers/2/charges?month={month}" },
        { "GET", "/api/pay/servers/2/charges/{hour}" },
        { "GET", "/api/top-ups/{topUp}" }, { "POST", "/api/top-ups/{topUp}/return" },
        { "GET", "/api/pay/servers/3/charges/{hour}" }, // The customer's now, and the other's in that hour.
    };

    [Theory]
    [MemberData(nameof(OfAnotherAccount))]
    public async Task A_link_never_shows_what_is_another_accounts(string method, string path)
    {
        var hour = OutsidePanel.HoursAgo(3).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        path = path.Replace("{hour}", hour, StringComparison.Ordinal).Replace("{month}", hour[..7], StringComparison.Ordinal)
            .Replace("{topUp}", bench.OtherTopUp, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NotFound, (await bench.AskAsync(bench.Link, method, path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.AskAsync(bench.OtherLink, method, path)).Status);
    }

    [Fact]
    public async Task Lists_have_only_what_is_the_accounts_own()
    {
        var account = (await bench.AskAsync(bench.Link, "GET", "/api/pay")).Body;
        Assert.Equal(["1", "3"], account["servers"]!.AsArray().Select(server => $"{server!["serverId"]}"));
        Assert.Equal("User 1", $"{account["name"]}");
        Assert.Empty((await bench.AskAsync(bench.Link, "GET", "/api/pay/servers/3/charges")).Body["charges"]!.AsArray());
        var month = OutsidePanel.HoursAgo(3).ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(["1"], (await bench.AskAsync(bench.Link, "GET", $"/api/pay/statements/{month}")).Body["charges"]!.AsArray()
            .Select(line => $"{line!["serverId"]}").Distinct());
        Assert.Equal(["2", "3"], (await bench.AskAsync(bench.OtherLink, "GET", $"/api/pay/statements/{month}")).Body["charges"]!.AsArray()
            .Select(line => $"{line!["serverId"]}").Distinct());
        Assert.DoesNotContain(bench.OtherTopUp, (await bench.AskAsync(bench.Link, "GET", "/api/pay/top-ups")).Body["topUps"]!.AsArray()
            .Select(one => $"{one!["id"]}"));
    }

    [Theory]
    [InlineData("""{"amount":"4.99"}""", "amount")]
    [InlineData("""{"amount":"500.01"}""", "amount")]
    [InlineData("""{"amount":"-10.00"}""", "amount")]
    [InlineData("""{"amount":"10.005"}""", "amount")]
    [InlineData("""{"amount":10}""", "amount")]
    [InlineData("""{"amount":"1e2"}""", "amount")]
    [InlineData("""{}""", "amount")]
    [InlineData("""{"amount":"10.00","currency":"EUR"}""", "currency")]
    [InlineData("""{"amount":"10.00","userId":0}""", "userId")]
    [InlineData("""{"amount":"10.00","tokens":1000000}""", "tokens")]
    public async Task The_browser_chooses_neither_account_nor_currency_nor_an_amount_beyond_the_limits(string body, string field)
    {
        var before = await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups");
        var (status, refusal) = await bench.AskAsync(bench.Link, "POST", TopUps, body);
        Assert.Equal((HttpStatusCode.BadRequest, field), (status, $"{refusal["field"]}"));
        Assert.Equal(before, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups"));
    }

    [Fact]
    public async Task A_repeat_with_its_key_opens_one_top_up_which_is_of_the_links_account()
    {
        var before = await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups");
        var opened = await Task.WhenAll(Enumerable.Range(0, 3)
            .Select(_ => bench.AskAsync(bench.Link, "POST", TopUps, """{"amount":"10.00"}""", "once")));

        Assert.All(opened, one => Assert.Equal((HttpStatusCode.Created, "1", "10.000000", "USD", "1000"),
            (one.Status, $"{one.Body["userId"]}", $"{one.Body["amount"]}", $"{one.Body["currency"]}", $"{one.Body["tokens"]}")));
        Assert.Equal(before + 1, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups"));
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_link_the_answer_is_the_same()
    {
        var (_, made) = await bench.App.PostAsync(Links, new { reason = "for the test", days = 1 });
        var (token, id) = (Bench.TokenOf(made), $"{made["link"]!["id"]}");
        Assert.Equal(HttpStatusCode.OK, (await bench.AskAsync(token, "GET", "/api/pay")).Status);
        using (var revoked = await bench.App.Http.DeleteAsync(new Uri($"{Links}/{id}", UriKind.Relative),
            TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);

        var answers = new List<string>();
        foreach (var wrong in new[] { token, $"{token[..^1]}{(token[^1] == 'A' ? 'B' : 'A')}", "nothing", AppProcess.AdminKey })
        {
            var (status, body) = await bench.AskAsync(wrong, "GET", "/api/pay");
            answers.Add($"{status} {body.ToJsonString()}");
        }
        Assert.Single(answers.Distinct());
        Assert.StartsWith("Unauthorized", answers[0], StringComparison.Ordinal);
        // And a link opens nothing of the administration.
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.AskAsync(bench.Link, "GET", "/api/admin/billing/accounts/1")).Status);
        Assert.DoesNotContain(bench.Link, bench.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_the_same_for_every_link_and_neither_kept_nor_indexed_nor_told_to_others()
    {
        using var http = new HttpClient { BaseAddress = bench.App.Http.BaseAddress };
        using var known = await http.GetAsync(new Uri($"/pay/{bench.Link}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var unknown = await http.GetAsync(new Uri("/pay/nothing", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(await known.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (var page in new[] { known, unknown })
        {
            Assert.Equal((HttpStatusCode.OK, "no-store", "noindex, nofollow", "no-referrer"),
                (page.StatusCode, page.Headers.CacheControl!.ToString(), page.Headers.GetValues("X-Robots-Tag").Single(),
                    page.Headers.GetValues("Referrer-Policy").Single()));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';",
                page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Links_are_made_by_operators_and_the_panel_within_their_limits()
    {
        foreach (var (body, field) in new (object, string)[]
        {
            (new { days = 1 }, "reason"), (new { reason = "" }, "reason"), (new { reason = "x", days = 0 }, "days"),
                (new { reason = "x", days = 366 }, "days"), (new { reason = "x", user = 2 }, "user"),
        })
            Assert.Equal((HttpStatusCode.BadRequest, field), ((await bench.App.PostAsync(Links, body)) is var (status, refusal)
                ? (status, $"{refusal["field"]}") : default));
        Assert.Equal(HttpStatusCode.NotFound, (await bench.App.PostAsync("/api/admin/customers/999/links", new { reason = "x" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.App.GetAsync("/api/admin/customers/999/links")).Status);
        var panelKey = $"{(await bench.App.PostAsync("/api/admin/keys", new { name = "the panel", role = "panel" })).Body["key"]}";
        using var http = new HttpClient { BaseAddress = bench.App.Http.BaseAddress };
        http.DefaultRequestHeaders.Add("x-api-key", panelKey);
        using var made = await http.PostAsJsonAsync(Links, new { reason = "opened in the panel" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var listed = await http.GetAsync(new Uri(Links, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, listed.StatusCode);
    }

    [Fact]
    public async Task Without_a_public_address_there_are_no_links_and_the_answer_says_why()
    {
        await using var app = await AppProcess.StartAsync(bench.Panel.Environment());
        var (status, refusal) = await app.PostAsync(Links, new { reason = "for the test" });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("Public:BaseUrl is not configured", $"{refusal["detail"]}", StringComparison.Ordinal);
    }

    /// <summary>Two customers with links: server 1 is the first's, 2 the other's, and 3 was the other's and is the first's now.</summary>
    public sealed class Bench : IAsyncLifetime
    {
        private HttpClient _http = null!;
        private PayPalSimulator _payPal = null!;

        public OutsidePanel Panel { get; private set; } = null!;
        public AppProcess App { get; private set; } = null!;
        public string Link { get; private set; } = "";
        public string OtherLink { get; private set; } = "";
        public string OtherTopUp { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
            Panel = await OutsidePanel.CreateAsync();
            foreach (var (server, user) in new[] { (1, 1), (2, 2), (3, 2) })
                await Panel.Panel.AddServerAsync(server, user, monthlyPrice: 73, OutsidePanel.HoursAgo(5));
            App = await Panel.StartAppAsync(TopUpHttpTests.Settings(_payPal));
            await TopUpHttpTests.EnableAsync(App);
            await App.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
            await App.PostAsync(OutsidePanel.Trigger);
            await Panel.Database.ExecuteAsync("update public.virtfusion_hourly_billing set user_id = 1 where virtfusion_server_id = 3");
            Panel.VirtFusion.Distort(3, server =>
            {
                foreach (var name in new[] { "owner", "ownerId" }.Where(name => server[name] is JsonValue))
                    server[name] = 101;
                return server;
            });
            await App.PostAsync(OutsidePanel.Trigger);
            (Link, OtherLink) = (TokenOf((await App.PostAsync("/api/admin/customers/1/links", new { reason = "for the test" })).Body),
                TokenOf((await App.PostAsync("/api/admin/customers/2/links", new { reason = "for the test" })).Body));
            _http = new() { BaseAddress = App.Http.BaseAddress };
            OtherTopUp = $"{(await AskAsync(OtherLink, "POST", TopUps, """{"amount":"10.00"}""")).Body["id"]}";
        }

        public static string TokenOf(JsonObject made) => $"{made["address"]}".Split('/')[^1];

        public async Task<(HttpStatusCode Status, JsonObject Body)> AskAsync(string link, string method, string path, string? body = null,
            string? idempotencyKey = null)
        {
            using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null
                : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new("Bearer", link);
            if (idempotencyKey is not null)
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            return (response.StatusCode,
                JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await Panel.DisposeAsync();
            await _payPal.DisposeAsync();
        }
    }
}
