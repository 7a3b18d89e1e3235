using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Names, notes, reasons and messages full of markup, quotes, right-to-left and 10,000 characters, on every page.</summary>
public sealed class HostileTextTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    private const int Length = 10_000;

    // They show figures, ids and what the app itself says.
    private static readonly string[] WithoutText =
        ["servers/1", "forecast", "takeover", "takeover?view=repair", "takeover?view=drift", "doctor"];

    // Past the triggers that keep rows as they are, and the limits of the API: what the panel or an older version wrote may be anything.
    private const string SowSql = """
        set session_replication_role = replica;
        update public.users set full_name = @text;
        update cron_service.holds set reason = @text, decision_reason = @text, decided_by = @text;
        update cron_service.runs set message = @text, requested_by = @text;
        update cron_service.jobs set note = @text, taken_over_by = @text;
        update cron_service.enrolments set problem = @text;
        update cron_service.debits set message = @text, decided_by = @text, decision_reason = @text, credit_id = @text;
        update cron_service.audit set reason = @text, actor = @text, subject = @text;
        update cron_service.adjustments set reason = @text, author = @text;
        update cron_service.top_ups set message = @text;
        update cron_service.checks set message = @text;
        update cron_service.api_keys set name = left(@text, 100), owner = left(@text, 100) where role = 'operator';
        insert into cron_service.run_errors (run_id, ordinal, kind, server_id, message) select id, 999, 'data', 1, @text
            from cron_service.runs;
        insert into cron_service.pauses (job, paused_by, note) values ('backup', @text, @text);
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline, message)
        select id, 'debit', 5, 0.05, @text, 'held', 1, now(), @text from cron_service.accounts a where kind = 'customer'
            and not exists (select from cron_service.debits d where d.account_id = a.id
                and d.state in ('pending', 'sending', 'in_doubt', 'held'))
        """;

    [Fact]
    public async Task Every_page_shows_them_as_text_and_is_no_wider_for_them()
    {
        await bench.AddHeldTopUpAsync();
        await bench.App.PostAsync("/api/admin/cron/jobs/monitoring/trigger");
        await bench.Panel.Database.ExecuteAsync(SowSql,
            ("text", string.Concat(Enumerable.Repeat(ConsoleBench.HostileName, Length / ConsoleBench.HostileName.Length))));
        foreach (var width in new[] { 1280, 320 })
        {
            await using var page = await bench.OpenAsync("admin", width: width);
            foreach (var path in PagesTests.Pages)
            {
                await page.GoAsync(path);
                Assert.Equal((path, 0), (path,
                    await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('main img').length")));
                Assert.True(await page.Page.EvaluateFunctionAsync<bool>("width => document.documentElement.scrollWidth <= width", width),
                    $"/{path} is {await page.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth")} pixels wide");
                if (!WithoutText.Contains(path))
                    Assert.True((await page.TextAsync()).Contains(ConsoleBench.HostileName, StringComparison.Ordinal),
                        $"/{path} doesn't show it.");
            }
            Assert.Empty(page.Complaints);
        }
    }
}
