using PuppeteerSharp.Input;
using SkyPanel.Functions.Tests.ConsoleUi;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>The customer's own page in a real browser, against the real app and PayPal's simulator.</summary>
public sealed class PayPageTests(PayPageBench bench) : IClassFixture<PayPageBench>
{
    [Fact]
    public async Task A_customer_opens_the_link_explains_an_hour_pays_at_PayPal_comes_back_and_sees_the_tokens()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        var before = bench.Panel.VirtFusion.Wallet(1);
        Assert.Contains(ConsoleBench.HostileName, await page.Page.EvaluateExpressionAsync<string>("document.body.innerText"),
            StringComparison.Ordinal);

        await page.Page.ClickAsync("button[aria-expanded]");
        await ChooseHourAsync(page);
        await page.ShowsAsync("$ 0.10 for 3,600 of 3,600 seconds, at $ 73.00 for 730 hours a month.");
        await page.ShowsAsync("were taken from your balance");

        await page.Page.TypeAsync("[name=amount]", "10.00");
        await page.PressAsync("Pay with PayPal");
        await page.ShowsAsync("A simulated PayPal");
        await page.Page.ClickAsync("button[value=pay]");

        await page.ShowsAsync("Thank you. 1,000 tokens were added to your balance.");
        await page.ShowsAsync("paid");
        Assert.Equal(before + 1000, bench.Panel.VirtFusion.Wallet(1));
        Assert.DoesNotContain("#", page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Theory]
    [InlineData("cancel", "The payment was cancelled. Nothing was charged.")]
    [InlineData("declined", "The payment was declined. Nothing was charged")]
    [InlineData("pending", "PayPal is waiting for your payment.")]
    public async Task Whatever_the_payer_does_at_PayPal_leads_back_to_the_page_which_says_what_happened(string act, string said)
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.TypeAsync("[name=amount]", "5.00");
        await page.PressAsync("Pay with PayPal");
        await page.ShowsAsync("A simulated PayPal");
        await page.Page.ClickAsync($"button[value={act}]");

        await page.ShowsAsync(said);
        await page.ShowsAsync("Statements");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_payment_that_PayPal_has_not_confirmed_yet_is_not_said_to_have_failed()
    {
        var (_, opened) = await bench.App.PostAsync("/api/top-ups", new { userId = 1, amount = "8.00" });
        await using var page = await bench.OpenAsync($"{(await bench.LinkAsync()).Address}#top-up={opened["id"]}");
        await page.ShowsAsync("PayPal has not confirmed a payment yet. If you approved it, please wait some minutes");
        Assert.Empty(page.Complaints);
    }

    // Another process claimed the top-up, and waits for PayPal.
    [Theory]
    [InlineData("capturing")]
    [InlineData("in_doubt")]
    public async Task A_payment_whose_capture_has_no_answer_yet_is_not_said_to_be_received(string state)
    {
        var (_, opened) = await bench.App.PostAsync("/api/top-ups", new { userId = 1, amount = "9.00" });
        var id = long.Parse($"{opened["id"]}", System.Globalization.CultureInfo.InvariantCulture);
        await bench.Panel.Database.ExecuteAsync("""
            update cron_service.top_ups set state = 'capturing', claimed_until = now() + interval '1 day' where id = @id;
            update cron_service.top_ups set state = @state where id = @id and state <> @state
            """, ("id", id), ("state", state));
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.EvaluateFunctionOnNewDocumentAsync( // It asks for three minutes.
            "() => { const wait = window.setTimeout; window.setTimeout = (done) => wait(done, 0); }");
        await page.Page.EvaluateExpressionAsync($"location.hash = 'top-up={id}'");
        await page.Page.ReloadAsync();
        await page.ShowsAsync("PayPal has not confirmed a payment yet. If you approved it, please wait some minutes");
        Assert.DoesNotContain("received", await page.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_that_is_missing_is_shown_beside_the_balance()
    {
        // A later reading than those of the app's heartbeats; 1.00 by credit.
        await bench.Panel.Database.ExecuteAsync("""
            update cron_service.wallet_readings set tokens = -600, read_at = now() + interval '10 seconds';
            update cron_service.customer_policy set credit_limit = 1
            """);
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set credit_limit = 0");
        Assert.Matches(@"\$ 5\.\d+ missing", await page.TextAsync());
    }

    [Fact]
    public async Task A_payment_whose_answer_was_lost_is_opened_once_by_its_repeat()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.EvaluateExpressionAsync("""
            window.fetch = (real => async (...all) => { await real(...all); window.fetch = real; throw new TypeError('lost'); })(
                window.fetch)
            """);
        await page.Page.TypeAsync("[name=amount]", "7.00");
        await page.PressAsync("Pay with PayPal");
        await page.ShowsAsync("There is no answer.");
        await page.PressAsync("Pay with PayPal");
        await page.ShowsAsync("A simulated PayPal");
        Assert.Equal(1, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups where amount = 7"));
    }

    [Fact]
    public async Task A_month_that_was_not_answered_says_so_and_the_next_one_is_shown()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.ClickAsync("button[aria-expanded]");
        await page.ShowsAsync("hours were charged");
        await page.Page.EvaluateExpressionAsync(
            "window.fetch = (real => async () => { window.fetch = real; throw new TypeError('lost'); })(window.fetch)");
        await page.PressAsync("Previous month");
        await page.ShowsAsync("There is no answer.");
        Assert.DoesNotContain("Loading", await page.TextAsync(), StringComparison.Ordinal);
        await page.PressAsync("Next month");
        await page.ShowsAsync("hours were charged");
        Assert.DoesNotContain("There is no answer.", await page.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_amount_that_may_not_be_paid_is_refused_in_words()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.TypeAsync("[name=amount]", "1.00");
        await page.PressAsync("Pay with PayPal");
        await page.ShowsAsync("amount must be 5 to 500 USD");
    }

    [Fact]
    public async Task A_statement_is_shown_and_its_forms_are_saved()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await page.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('main button')].some(b => b.innerText.startsWith('Show'))");
        await page.Page.EvaluateExpressionAsync(
            "[...document.querySelectorAll('main button')].find(b => b.innerText.startsWith('Show')).click()");
        await page.ShowsAsync("Carried to the month after");
        await page.ShowsAsync("This statement is not a tax invoice.");
        foreach (var form in new[] { "CSV", "Print form" })
            await page.Page.EvaluateFunctionAsync(
                "form => [...document.querySelectorAll('main button')].find(b => b.innerText.startsWith(form)).click()", form);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_link_that_is_no_longer_valid_shows_one_clear_page()
    {
        var (address, id) = await bench.LinkAsync();
        using (await bench.App.Http.DeleteAsync(new Uri($"/api/admin/customers/1/links/{id}", UriKind.Relative),
            TestContext.Current.CancellationToken))
        {
        }
        foreach (var wrong in new[] { address, $"{address[..^2]}AA", $"{address[..address.LastIndexOf('/')]}/nothing" })
        {
            await using var page = await bench.OpenAsync(wrong);
            Assert.Equal("This link does not work\n\nThis link has expired, was revoked or is not complete: ask for a new one.",
                (await page.TextAsync()).Trim());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_is_accessible_in_both_themes_and_fits_320_pixels(bool isDark)
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address, isDark, width: 320);
        await page.Page.ClickAsync("button[aria-expanded]");
        await ChooseHourAsync(page);
        await page.ShowsAsync("Computed as");

        Assert.Empty(await page.ViolationsAsync(bench.AxeSource));
        Assert.True(await page.Page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= 320"));
    }

    [Fact]
    public async Task The_keyboard_alone_opens_the_hours_and_pays()
    {
        await using var page = await bench.OpenAsync((await bench.LinkAsync()).Address);
        await TabToAsync(page, "input[name=amount]");
        await page.Page.Keyboard.TypeAsync("6.00");
        await page.Page.Keyboard.PressAsync(Key.Enter);
        await page.ShowsAsync("A simulated PayPal");
        await page.Page.ClickAsync("button[value=cancel]");
        // The page that PayPal leads back to says so too, before it leads on.
        await page.ShowsAsync("Statements");
        await page.ShowsAsync("The payment was cancelled.");
        await TabToAsync(page, "button[aria-expanded]");
        await page.Page.Keyboard.PressAsync(Key.Enter);
        await OpenMonthAsync(page);
        await page.ShowsAsync("hours were charged");
        // The hours are one tab stop, the last one that was charged.
        await TabToAsync(page, ".heat button");
        // Not the other way round: it may be the first hour of the month.
        await page.Page.Keyboard.PressAsync(Key.ArrowRight);
        await page.Page.Keyboard.PressAsync(Key.ArrowLeft);
        await page.Page.Keyboard.PressAsync(Key.Enter);
        await page.ShowsAsync("were taken from your balance");
        await page.Page.Keyboard.PressAsync(Key.Tab);
        Assert.False(await page.Page.EvaluateExpressionAsync<bool>("document.activeElement.matches('.heat button')"));
    }

    // In the first hour of a month the latest charged hour is in the month before.
    private static async Task OpenMonthAsync(ConsolePage page)
    {
        if (OutsidePanel.HoursAgo(1).Month != OutsidePanel.HoursAgo(0).Month)
            await page.PressAsync("Previous month");
    }

    private static async Task ChooseHourAsync(ConsolePage page)
    {
        await OpenMonthAsync(page);
        var selector = $"button[aria-label^='{PayPageBench.LastHour},']";
        await page.Page.WaitForSelectorAsync(selector);
        await page.Page.EvaluateFunctionAsync("selector => document.querySelector(selector).click()", selector);
    }

    private static async Task TabToAsync(ConsolePage page, string selector)
    {
        for (var presses = 0; presses < 50; presses++)
        {
            await page.Page.Keyboard.PressAsync(Key.Tab);
            if (await page.Page.EvaluateFunctionAsync<bool>("selector => document.activeElement.matches(selector)", selector))
                return;
        }
        Assert.Fail($"The keyboard doesn't reach {selector}.");
    }
}
