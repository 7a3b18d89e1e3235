using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The state of billing and of what waits, at a glance.</summary>
public sealed class NowTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    private const string ShiftSql = "update cron_service.jobs set enabled_at = now() - @by * interval '1 hour', schedule_changed_at = " +
        "now() - @by * interval '1 hour', taken_over_at = now() - @by * interval '1 hour', waits_for = @for where job = 'hourly-billing'";

    [Fact]
    public async Task The_banner_is_green_only_while_hours_are_billed()
    {
        await using var page = await bench.OpenAsync("viewer");
        foreach (var (status, kind, sentence) in new[]
        {
            ("succeeded", "good", "No debit is in doubt."), ("running", "", "is running."), ("partial", "warn", "failed or is held: why"),
            ("skipped", "warn", "was skipped: why"), ("cancelled", "warn", "was cancelled: why"), ("held", "warn", "was held: why"),
            ("failed", "bad", "failed: why"), ("succeeded", "good", "took"),
        })
        {
            await bench.Panel.Database.ExecuteAsync("""
                update cron_service.runs set status = @status, message = 'why', finished_at = case when @status <> 'running' then now() end
                where id = (select max(id) from cron_service.runs where job = 'hourly-billing')
                """, ("status", status));
            await ShowsBannerAsync(page, kind, sentence);
        }
        await bench.Panel.Database.ExecuteAsync(ShiftSql, ("by", 3), ("for", Array.Empty<string>()));
        await ShowsBannerAsync(page, "bad", "No run was started for");
        await bench.Panel.Database.ExecuteAsync(ShiftSql, ("by", 3), ("for", new[] { "another-job" }));
        await ShowsBannerAsync(page, "warn", "A run is due and waits for another-job, which is no job of this version.");
        await bench.Panel.Database.ExecuteAsync(ShiftSql, ("by", 0), ("for", Array.Empty<string>()));
        await ShowsBannerAsync(page, "good", "charged");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Figures_that_were_not_answered_are_no_zeros()
    {
        await using var page = await bench.OpenAsync("viewer", "doctor");
        var between = await Interference.WithAsync(page.Page);
        between.Refuse("GET", "/api/admin/billing/summary", HttpStatusCode.ServiceUnavailable, retryAfterSeconds: 600);
        await page.GoAsync("");
        await page.ShowsAsync("The app can’t answer now");
        await page.ShowsAsync("Charged today\n–");
        await page.ShowsAsync("Server-hours today\n–");
        page.OnlyComplainsOf(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task The_inbox_says_how_much_waits_in_it()
    {
        await bench.AddHeldTopUpAsync();
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.suspension_holds (account_ids, reason)
            select array_agg(id), 'more than one account' from cron_service.accounts where kind = 'customer'
            """);
        var billing = (await bench.GetAsync(OutsidePanel.Status))["billing"]!;
        Assert.Equal((1, 2), (billing["heldTopUps"]!.GetValue<int>(), billing["heldSuspensions"]!.GetValue<int>()));
        var count = 3 + billing["openHolds"]!.GetValue<int>() + billing["heldDebits"]!.GetValue<int>()
            + billing["debitsInDoubt"]!.GetValue<int>();
        await using var page = await bench.OpenAsync("viewer");
        await page.ShowsAsync("Held top-ups");
        await page.Page.WaitForFunctionAsync(
            "count => document.querySelector('nav a[href=\"#/inbox\"] .tag')?.innerText === count", $"{count}");
        Assert.Empty(page.Complaints);
    }

    private static async Task ShowsBannerAsync(ConsolePage page, string kind, string sentence)
    {
        await page.GoAsync("doctor");
        await page.GoAsync("");
        await page.ShowsAsync(sentence);
        Assert.Equal($"banner {kind}".TrimEnd(),
            await page.Page.EvaluateExpressionAsync<string>("document.querySelector('main .banner').className.trim()"));
    }
}
