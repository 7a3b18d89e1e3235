using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Demo;

public sealed class DemoCustomersTests
{
    [Fact]
    public async Task The_demo_has_a_customer_in_each_state_and_prints_the_address_of_a_page()
    {
        await using var demo = new DemoFolder();
        await using var app = AppProcess.Launch([.. demo.Settings, ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            ("Demo__History", "00:00:00")]);
        await app.SaysAsync("A customer's own page: ");
        using var http = new HttpClient { BaseAddress = new(app.Output.Split("Serving ")[1].Split(". Stop")[0]) };
        http.DefaultRequestHeaders.Add("x-api-key", demo.Key);

        var accounts = await ListAsync("/api/admin/billing/accounts?limit=100", "accounts");
        Assert.Superset(new HashSet<string> { "ok", "overdue", "suspended" }, Names(accounts, "state"));
        Assert.Contains(accounts, account => account!["runwayHours"] is { } hours && (int)hours is > 24 and <= 72);
        Assert.Superset(new HashSet<string> { "granted", "pending", "held", "refunded" },
            Names(await ListAsync("/api/admin/payments/top-ups", "topUps"), "state"));
        Assert.NotEmpty(await ListAsync("/api/admin/billing/holds?state=open", "holds"));
        Assert.Contains("suspended", Names(await ListAsync("/api/admin/customers/suspensions", "suspensions"), "state"));
        Assert.Superset(new HashSet<string> { "runway", "suspension_due", "suspended", "top_up_received", "taken_back" },
            Names(await ListAsync("/api/admin/customers/notices?limit=100", "notices"), "cause"));

        var token = app.Output.Split("/pay/")[^1].Split('\n')[0].Trim();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal("Paying Partners",
            $"{(await http.GetFromJsonAsync<JsonObject>("/api/pay", TestContext.Current.CancellationToken))!["name"]}");

        async Task<JsonArray> ListAsync(string path, string name) =>
            (await http.GetFromJsonAsync<JsonObject>(path, TestContext.Current.CancellationToken))![name]!.AsArray();
    }

    private static HashSet<string> Names(JsonArray rows, string name) => [.. rows.Select(row => $"{row![name]}")];
}
