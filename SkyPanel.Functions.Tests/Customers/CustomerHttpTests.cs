using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>The policy and the acts on customers, as an operator asks for them.</summary>
public sealed class CustomerHttpTests
{
    private const string Policy = "/api/admin/customers/policy", Customer = "/api/admin/customers/1",
        Suspensions = "/api/admin/customers/suspensions";

    [Theory]
    [InlineData("""{"suspension":{"graceHours":-1}}""", "suspension.graceHours", "must be an integer from 0 to 2160")]
    [InlineData("""{"suspension":{"maxPercentPerRun":101}}""", "suspension.maxPercentPerRun", "must be an integer from 0 to 100")]
    [InlineData("""{"suspension":{"creditLimit":"1.0000001"}}""", "suspension.creditLimit",
        "must be from 0 to 1000000 currency units, with six decimals at most")]
    [InlineData("""{"suspension":{"creditLimit":5}}""", "suspension.creditLimit",
        "must be at most 28 digits with a point, such as \"25.00\"")]
    [InlineData("""{"suspension":{"graceHour":1}}""", "suspension.graceHour", "is not as it must be")]
    [InlineData("""{"notices":{"thresholdHours":[]}}""", "notices.thresholdHours", "must have 1 to 10 different integers from 1 to 720")]
    [InlineData("""{"notices":{"thresholdHours":[24,24]}}""", "notices.thresholdHours",
        "must have 1 to 10 different integers from 1 to 720")]
    [InlineData("""{"notices":{"thresholdHours":[0]}}""", "notices.thresholdHours", "must have 1 to 10 different integers from 1 to 720")]
    public async Task A_policy_that_is_not_allowed_is_refused_with_the_field_and_what_is_allowed(string body, string field, string allowed)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        var before = (await app.GetAsync(Policy)).Body.ToJsonString();
        var (status, problem) = await app.PutAsync(Policy, JsonNode.Parse(body)!);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, problem["field"]!.GetValue<string>());
        Assert.Contains(allowed, problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(before, (await app.GetAsync(Policy)).Body.ToJsonString());
    }

    [Fact]
    public async Task An_operator_is_refused_with_money_suspends_without_it_and_resumes_and_the_timeline_tells_it()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, 1000);
        await panel.Panel.AddServerAsync(1001, 1, monthlyPrice: 73, OutsidePanel.HoursAgo(2));
        var app = await panel.StartAppAsync();
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
        await app.PostAsync(OutsidePanel.Trigger);
        var (refused, why) = await app.PostAsync($"{Customer}/suspend", new { reason = "a test" });
        Assert.Equal((HttpStatusCode.Conflict, "The account can't be suspended: it has money."),
            (refused, why["detail"]!.GetValue<string>()));

        panel.VirtFusion.ShiftWallet(1, -2000);
        var (status, answer) = await app.PostAsync($"{Customer}/suspend", new { reason = "a test" });
        Assert.Equal((HttpStatusCode.OK, "suspended"), (status, answer["suspensions"]![0]!["state"]!.GetValue<string>()));
        Assert.Equal("suspended", await StateAsync(app));
        await app.PutAsync(Policy, new { suspension = new { enabled = true } });
        await app.PostAsync("/api/admin/cron/wake");
        Assert.True(panel.VirtFusion.Servers.Single().IsSuspended);

        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync($"{Customer}/resume", new { reason = "a promise" })).Status);
        Assert.False(panel.VirtFusion.Servers.Single().IsSuspended);
        await app.PostAsync("/api/admin/cron/wake");
        Assert.False(panel.VirtFusion.Servers.Single().IsSuspended); // The grace begins anew.
        Assert.Equal(HttpStatusCode.Conflict, (await app.PostAsync($"{Customer}/resume", new { reason = "again" })).Status);
        var entries = (await app.GetAsync("/api/admin/billing/accounts/1/timeline")).Body["entries"]!.AsArray();
        Assert.Equal(["resumed: a promise", "suspended: a test"], entries.Take(2).Select(entry => $"{entry!["kind"]}: {entry["reason"]}"));
    }

    [Fact]
    public async Task A_credit_limit_and_an_exemption_hold_and_say_why()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, 10);
        await panel.Panel.AddServerAsync(1001, 1, monthlyPrice: 73, OutsidePanel.HoursAgo(2));
        var app = await panel.StartAppAsync();
        await app.PostAsync(OutsidePanel.Trigger);
        await app.PutAsync(Policy, new { suspension = new { enabled = true, graceHours = 0 } });
        await app.PostAsync($"{Customer}/exempt", new { reason = "the invoice is disputed", until = OutsidePanel.HoursAgo(-24) });
        await app.PostAsync("/api/admin/cron/wake");
        Assert.Contains("the invoice is disputed",
            (await app.GetAsync($"{Suspensions}?preview=true")).Body["preview"]![0]!["obstacle"]!.GetValue<string>(),
            StringComparison.Ordinal);
        Assert.False(panel.VirtFusion.Servers.Single().IsSuspended);

        await app.PostAsync($"{Customer}/exempt", new { reason = "it is settled" });
        await app.PostAsync($"{Customer}/credit-limit", new { reason = "a good customer", creditLimit = "1.00" });
        await app.PostAsync("/api/admin/cron/wake");
        Assert.Equal("ok", await StateAsync(app));
        await app.PostAsync($"{Customer}/credit-limit", new { reason = "no longer" });
        await app.PostAsync("/api/admin/cron/wake");
        Assert.True(panel.VirtFusion.Servers.Single().IsSuspended);
        Assert.Equal(HttpStatusCode.BadRequest,
            (await app.PostAsync($"{Customer}/exempt", new { reason = "too long", until = "2999-01-01" })).Status);
    }

    private static async Task<string> StateAsync(AppProcess app) =>
        (await app.GetAsync("/api/admin/billing/accounts?search=1")).Body["accounts"]![0]!["state"]!.GetValue<string>();
}
