using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Http;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class AuditTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Audit = "/api/admin/audit";

    [Fact]
    public async Task A_change_is_told_with_who_what_before_after_from_where_and_in_which_request()
    {
        var app = await panel.SharedAppAsync();
        await app.PutAsync(OutsidePanel.Settings, new { note = "=HYPERLINK(\"http://evil\")" });
        var line = (await app.GetAsync($"{Audit}?action=change-settings&actor=bootstrap-key&limit=1")).Body["lines"]![0]!;
        Assert.Equal(("hourly-billing", "127.0.0.1", "=HYPERLINK(\"http://evil\")"),
            (line["subject"]!.GetValue<string>(), line["address"]!.GetValue<string>(), line["reason"]!.GetValue<string>()));
        Assert.Matches("^[0-9a-f]{32}-[0-9a-f]{16}$", line["requestId"]!.GetValue<string>());
        Assert.Null(line["before"]!["note"]);
        Assert.NotNull(line["after"]!["note"]);

        var csv = await app.Http.GetStringAsync($"{Audit}?action=change-settings&format=csv", TestContext.Current.CancellationToken);
        Assert.StartsWith("id,at,actor,", csv, StringComparison.Ordinal);
        Assert.Contains(",\"'=HYPERLINK(\"\"http://evil\"\")\",127.0.0.1,", csv, StringComparison.Ordinal);
        Assert.Contains(",\"{\"\"", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_pages_follow_one_another_and_an_export_has_them_all()
    {
        var app = await panel.SharedAppAsync();
        await panel.Database.ExecuteAsync(
            "insert into cron_service.audit (actor, action, subject) select 'page', 'try', 'n ' || n from generate_series(1, 2345) as n");
        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = (await app.GetAsync($"{Audit}?actor=page&limit=500{(cursor is null ? "" : $"&cursor={cursor}")}")).Body;
            seen.AddRange(page["lines"]!.AsArray().Select(line => line!["subject"]!.GetValue<string>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, 2345).Reverse().Select(n => $"n {n}"), seen);
        var csv = await app.Http.GetStringAsync($"{Audit}?actor=page&format=csv", TestContext.Current.CancellationToken);
        Assert.Equal(2346, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("update cron_service.audit set actor = 'nobody'")]
    [InlineData("delete from cron_service.audit")]
    [InlineData("truncate cron_service.audit")]
    public async Task It_is_never_changed(string sql)
    {
        await panel.Database.ExecuteAsync("insert into cron_service.audit (actor, action, subject) values ('a', 'b', 'c')");
        await Assert.ThrowsAsync<PostgresException>(() => panel.Database.ExecuteAsync(sql));
    }

    [Fact]
    public async Task Refusals_are_counted_a_row_a_source_minute_and_reason()
    {
        await using var own = await OutsidePanel.CreateAsync(); // What other tests were refused is counted where they were.
        var app = await own.StartAppAsync();
        var key = (await app.PostAsync("/api/admin/keys", new { name = "v", role = "viewer" })).Body["key"]!.GetValue<string>();
        foreach (var (wrong, times) in new[] { ("a-wrong-key", 20), (key, 5) })
        {
            for (var n = 0; n < times; n++)
            {
                using var http = new HttpClient { BaseAddress = app.Http.BaseAddress, DefaultRequestHeaders = { { "x-api-key", wrong } } };
                Assert.False((await http.PostAsync(OutsidePanel.Trigger, null, TestContext.Current.CancellationToken)).IsSuccessStatusCode);
            }
        }
        JsonArray refusals;
        do
        {
            // Faster, it would be refused itself.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            refusals = (await app.GetAsync($"{Audit}/refusals")).Body["refusals"]!.AsArray();
        }
        while (refusals.Sum(r => r!["attempts"]!.GetValue<int>()) < 25);
        Assert.InRange(refusals.Count, 2, 4); // A minute may have turned.
        Assert.Equal([5, 20], refusals.GroupBy(r => r!["reason"]!.GetValue<string>()).OrderBy(g => g.Key)
            .Select(g => g.Sum(r => r!["attempts"]!.GetValue<int>())));
        Assert.All(refusals, r => Assert.Equal(("127.0.0.1", $"POST {OutsidePanel.Trigger}"),
            (r!["source"]!.GetValue<string>(), r["lastRequest"]!.GetValue<string>())));
        Assert.All(refusals, r => Assert.Equal(r!["reason"]!.GetValue<string>() == "forbidden",
            r["actor"]!.GetValue<string>().StartsWith("key:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("\tx", "'\tx")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("=\"a\"", "\"'=\"\"a\"\"\"")]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    public void A_cell_is_no_formula(string? text, string cell) => Assert.Equal(cell, Csv.Cell(text));

    [Fact]
    public async Task A_token_of_the_configured_authority_opens_what_its_role_may_and_every_answer_says_how_to_be_treated()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var app = await AppProcess.StartAsync(panel.Environment(("Admin__Jwt__Authority", issuer.Address),
            ("Admin__Jwt__Audience", TestIssuer.Audience)));
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        foreach (var (roles, path, status) in new[]
        {
            ("viewer", OutsidePanel.Status, HttpStatusCode.OK), ("viewer", Audit, HttpStatusCode.Forbidden),
                ("admin", Audit, HttpStatusCode.OK), ("nothing", OutsidePanel.Status, HttpStatusCode.Forbidden),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get,
                path) { Headers = { Authorization = new("Bearer", issuer.Token(TimeProvider.System.GetUtcNow(), roles)) } };
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((roles, path, status), (roles, path, response.StatusCode));
            foreach (var (name, value) in new[] { ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") })
                Assert.Equal(value, response.Headers.GetValues(name).Single());
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }
}
