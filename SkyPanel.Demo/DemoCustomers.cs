using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Demo;

/// <summary>Adds a customer in each state, so that every list has entries. It uses the app's API and the simulators, like an operator and
/// a payer.</summary>
internal sealed class DemoCustomers(string address, string key, PayPalSimulator payPal)
{
    private const int FirstUser = 21, Suspended = 26, Exempt = 27, Silenced = 28, Pays = 29, Held = 30, ServersFrom = 2100;

    // A server costs 0.10 an hour. The panel charged the first of five hours, so 40 tokens are due.
    private const decimal Price = 73m;

    private static readonly (string Name, decimal Tokens)[] Customers =
    [
        ("Rich Reserves Ltd", 100_000), ("Three Days Left", 640), ("One Day Left", 240), ("Last Hour Left", 45), ("Overdue Orchard", 10),
        ("Suspended Sails", 10), ("Exempt Express", 10), ("Silent Studio", 240), ("Paying Partners", 1_000), ("Held Hours", 1_000),
    ];

    private const string IsSeededSql = "select exists (select from public.users where id = @first_user)";

    private const string UsersSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id)
        select @first_user + n - 1, 'state' || n || '@example.com', 'state' || n, name, 100 + @first_user + n - 1
        from unnest(@names) with ordinality as u(name, n)
        """;

    private const string EnrolmentsSql = """
        insert into public.virtfusion_hourly_billing
            (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, server_created_at)
        select u, @servers_from + u, @servers_from + u, 73, 'Plan 73', @price, round(@price / 730, 6), c
        from unnest(@user_ids, @created) as s(u, c)
        """;

    /// <summary>Adds the customers to the panel and to VirtFusion, once.</summary>
    /// <returns>False when they already exist.</returns>
    public static async Task<bool> SeedAsync(NpgsqlDataSource database, VirtFusionSimulator virtFusion, DateTimeOffset now,
        CancellationToken ct)
    {
        await using var isSeeded = database.CreateCommand(IsSeededSql);
        isSeeded.Parameters.AddWithValue("first_user", FirstUser);
        if ((bool)(await isSeeded.ExecuteScalarAsync(ct))!)
            return false;
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var servers = Customers.Select((customer, index) =>
            (UserId: FirstUser + index, CreatedAt: hour.AddHours(FirstUser + index == Held ? -40 : -5))).ToArray();
        await DemoClock.ExecuteAsync(database, UsersSql, ct, ("first_user", FirstUser),
            ("names", Customers.Select(customer => customer.Name).ToArray()));
        await DemoClock.ExecuteAsync(database, EnrolmentsSql, ct, ("servers_from", ServersFrom), ("price", Price),
            ("user_ids", servers.Select(server => server.UserId).ToArray()),
                ("created", servers.Select(server => DateTime.SpecifyKind(server.CreatedAt.UtcDateTime, DateTimeKind.Unspecified))
                .ToArray()));
        foreach (var ((userId, createdAt), (_, tokens)) in servers.Zip(Customers))
        {
            virtFusion.AddUser(userId, 100 + userId, tokens);
            virtFusion.AddServer(ServersFrom + userId, 100 + userId, createdAt);
        }
        return true;
    }

    /// <summary>Bills the customers and brings each into its state.</summary>
    /// <returns>The address of a customer's own page.</returns>
    public async Task<string> PlayAsync(DateTimeOffset now, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new(address) };
        http.DefaultRequestHeaders.Add("x-api-key", key);
        using (var policy = await http.PutAsJsonAsync("/api/admin/customers/policy",
            new { notices = new { enabled = true }, suspension = new { enabled = true, graceHours = 24 } }, ct))
            policy.EnsureSuccessStatusCode();
        // Events before the first heartbeat with notices cause no notice.
        await PostAsync(http, "/api/admin/cron/wake", new { }, ct);
        await PostAsync(http, "/api/admin/cron/trigger-hourly-billing", new { }, ct);
        await PostAsync(http, $"/api/admin/customers/{Suspended}/suspend", new { reason = "the payment bounced" }, ct);
        await PostAsync(http, $"/api/admin/customers/{Exempt}/exempt",
            new { reason = "pays by invoice", until = now.AddDays(30).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) },
            ct);
        await PostAsync(http, $"/api/admin/customers/{Silenced}/silence", new { reason = "asked for it" }, ct);

        await PayAsync(http, "pay", _ => { }, ct);
        await PayAsync(http, "pending", _ => { }, ct);
        await PayAsync(http, "pay", order => payPal.Books.Distort(order, Misdirect), ct);
        var refunded = await PayAsync(http, "pay", _ => { }, ct);
        await GrantedAsync(http, refunded, ct);
        await PostAsync(http, $"/api/admin/payments/top-ups/{refunded}/refund", new { reason = "asked for it" }, ct);

        // A heartbeat updates all standings and writes the notices.
        await PostAsync(http, "/api/admin/cron/wake", new { }, ct);
        var link = await PostAsync(http, $"/api/admin/customers/{Pays}/links", new { reason = "the demo's own" }, ct);
        return link["address"]!.GetValue<string>();
    }

    // Approves like the payer's browser on PayPal's page.
    private static async Task<string> PayAsync(HttpClient http, string act, Action<string> before, CancellationToken ct)
    {
        var topUp = await PostAsync(http, "/api/top-ups", new { userId = Pays, amount = "10.00" }, ct);
        var approve = new Uri(topUp["approveUrl"]!.GetValue<string>());
        var order = approve.Query[(approve.Query.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..].Split('&')[0];
        before(order);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        using var form = new FormUrlEncodedContent([new("token", order), new("act", act)]);
        using var approved = await browser.PostAsync(new Uri(approve, "/checkoutnow"), form, ct);
        await PostAsync(http, $"/api/top-ups/{topUp["id"]}/return", new { }, ct);
        return $"{topUp["id"]}";
    }

    // PayPal's event may be in progress when the payer returns.
    private static async Task GrantedAsync(HttpClient http, string topUp, CancellationToken ct)
    {
        while ((await http.GetFromJsonAsync<JsonObject>($"/api/top-ups/{topUp}", ct))!["state"]!.GetValue<string>() is "capturing"
            or "captured" or "granting")
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
    }

    // A payment by somebody else waits for a person's decision.
    private static void Misdirect(JsonObject order)
    {
        if (order["purchase_units"]?[0]?["payments"]?["captures"]?[0] is JsonObject capture)
            capture["custom_id"] = "another-shop";
    }

    private static async Task<JsonObject> PostAsync(HttpClient http, string path, object body, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync(path, body, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)!.AsObject()
            : throw new HttpRequestException($"{path} answered {(int)answer.StatusCode}: {text}");
    }
}
