using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What an operator decides about a customer on the console, to its effect in the database and at VirtFusion.</summary>
public sealed class DecisionsTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_customer_is_exempted_silenced_and_given_a_credit_limit()
    {
        var until = OutsidePanel.HoursAgo(-72);
        await using var page = await bench.OpenAsync("operator", "customers/1");
        await page.PressAsync("Exempt…");
        await page.SetAsync("until", $"{until:yyyy-MM-ddTHH:mm}");
        await page.FillAsync("reason", "the invoice is disputed");
        await page.ConfirmAsync("Exempt");
        await bench.Panel.UntilAsync("select exists (select from cron_service.customers where exempt_until = @until and exempt_reason = " +
            "'the invoice is disputed')", ("until", until.UtcDateTime));
        await page.ShowsAsync("the invoice is disputed");
        await page.PressAsync("Silence…");
        await page.FillAsync("reason", "asked for it");
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync("select exists (select from cron_service.customers where is_silenced and silence_reason = 'asked " +
            "for it')");
        await page.PressAsync("Credit limit…");
        await page.FillAsync("creditLimit", "-3");
        await page.FillAsync("reason", "a good customer");
        await page.ConfirmAsync("Set the limit");
        await page.ShowsAsync("creditLimit:");
        await page.FillAsync("creditLimit", "20.00");
        await page.ConfirmAsync("Set the limit");
        await bench.Panel.UntilAsync("select exists (select from cron_service.customers where credit_limit = 20)");
        page.OnlyComplainsOf(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_servers_of_a_customer_without_money_are_suspended_and_resumed()
    {
        Assert.Equal(HttpStatusCode.OK,
            (await bench.App.PutAsync("/api/admin/customers/policy",
            new { suspension = new { enabled = true, dryRun = false, graceHours = 1000 } })).Status);
        bench.Panel.VirtFusion.ShiftWallet(2, -2 * OutsidePanel.FirstTokens);
        await using var page = await bench.OpenAsync("operator", "customers/2");
        await page.PressAsync("Suspend…");
        await page.FillAsync("reason", "it is mining coins");
        await page.ConfirmAsync("Suspend");
        await bench.Panel.UntilAsync("select exists (select from cron_service.suspensions where server_id = 2 and state = 'suspended' " +
            "and reason = 'it is mining coins')");
        await page.ShowsAsync("it is mining coins");
        await page.PressAsync("Resume…");
        await page.FillAsync("reason", "it stopped");
        await page.ConfirmAsync("Resume");
        await bench.Panel.UntilAsync("select exists (select from cron_service.suspensions where server_id = 2 and state = 'resumed')");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_link_to_the_customers_own_page_is_made_shown_once_and_revoked()
    {
        await using var page = await bench.OpenAsync("operator", "customers/1");
        await page.PressAsync("New link…");
        await page.FillAsync("reason", "asked on the phone");
        await page.ConfirmAsync("Create the link");
        await page.ShowsAsync("The address, shown only once: http");
        await page.PressAsync("Hide");
        await bench.Panel.UntilAsync("select exists (select from cron_service.customer_links where reason = 'asked on the phone' and " +
            "revoked_at is null)");
        await page.PressInAsync("Links to the customer’s page", "Revoke…");
        await page.ConfirmAsync("Revoke");
        await bench.Panel.UntilAsync("select exists (select from cron_service.customer_links where reason = 'asked on the phone' and " +
            "revoked_at is not null)");
        Assert.Empty(page.Complaints);
    }

    [Theory]
    [InlineData("Approve", "approved")]
    [InlineData("Reject", "rejected")]
    public async Task Suspensions_that_are_too_many_wait_in_the_inbox_and_are_decided(string decision, string state)
    {
        await bench.Panel.Database.ExecuteAsync(
            "insert into cron_service.suspension_holds (account_ids, reason) select array_agg(id), 'more than one account' from " +
            "cron_service.accounts where kind = 'customer'");
        await using var page = await bench.OpenAsync("operator");
        await page.ShowsAsync("Customers to be suspended");
        await page.GoAsync("inbox");
        await page.ShowsAsync("customers wait for a decision: more than one account");
        await page.PressAsync($"{decision} suspension…");
        await page.FillAsync("reason", "looked at the clock");
        await page.ConfirmAsync(decision);
        await bench.Panel.UntilAsync("select exists (select from cron_service.suspension_holds where state = @state and " +
            "decision_reason = 'looked at the clock')", ("state", state));
        Assert.Empty(page.Complaints);
    }
}
