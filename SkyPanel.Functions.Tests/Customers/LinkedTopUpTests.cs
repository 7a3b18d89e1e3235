using System.Globalization;
using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Top-ups by a customer's link, on the routes that the panel's key uses too.</summary>
public sealed class LinkedTopUpTests(OwnPageTests.Bench bench) : IClassFixture<OwnPageTests.Bench>
{
    private const string Links = "/api/admin/customers/1/links", TopUps = "/api/top-ups";

    [Fact]
    public async Task A_link_pays_for_its_own_account_alone()
    {
        var before = await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups");
        var (status, refusal) = await bench.AskAsync(bench.Link, "POST", TopUps, """{"userId":2,"amount":"10.00"}""");
        Assert.Equal((HttpStatusCode.NotFound, "There is no user 2."), (status, $"{refusal["detail"]}"));
        Assert.Equal(before, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups"));

        var (opened, topUp) = await bench.AskAsync(bench.Link, "POST", TopUps, """{"userId":1,"amount":"10.00"}""");
        Assert.Equal((HttpStatusCode.Created, "1"), (opened, $"{topUp["userId"]}"));
        Assert.StartsWith("link:", await bench.Panel.ScalarAsync<string>(
            $"select opened_by from cron_service.top_ups where id = {topUp["id"]}"), StringComparison.Ordinal);
        // A key names no account by itself.
        var (withKey, missing) = await bench.App.PostAsync(TopUps, new { amount = "10.00" });
        Assert.Equal((HttpStatusCode.BadRequest, "userId"), (withKey, $"{missing["field"]}"));
    }

    [Theory]
    [InlineData("revoked", "update cron_service.customer_links set revoked_at = now(), revoked_by = 'ann' where id = {0}")]
    [InlineData("expired", "update cron_service.customer_links set created_at = now() - interval '2 days', expires_at = now() - interval " +
        "'1 second' where id = {0}")]
    [InlineData("altered in one byte", null)]
    public async Task A_link_that_is_no_longer_valid_opens_and_shows_no_top_up(string why, string? sql)
    {
        var (_, made) = await bench.App.PostAsync(Links, new { reason = "for the test", days = 1 });
        var token = OwnPageTests.Bench.TokenOf(made);
        var (opened, topUp) = await bench.AskAsync(token, "POST", TopUps, """{"amount":"10.00"}""");
        Assert.Equal(HttpStatusCode.Created, opened);
        var count = await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups");
        if (sql is null)
            token = $"{token[..20]}{(token[20] == 'A' ? 'B' : 'A')}{token[21..]}";
        else
            await bench.Panel.Database.ExecuteAsync(string.Format(CultureInfo.InvariantCulture, sql,
                $"{made["link"]!["id"]}"));

        foreach (var (method, path, body) in new (string, string, string?)[]
        {
            ("POST", TopUps, """{"amount":"10.00"}"""), ("GET", $"{TopUps}/{topUp["id"]}", null),
            ("POST", $"{TopUps}/{topUp["id"]}/return", null), ("GET", "/api/pay/top-ups", null),
        })
            Assert.Equal((why, path, HttpStatusCode.Unauthorized), (why, path, (await bench.AskAsync(token, method, path, body)).Status));
        Assert.Equal(count, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.top_ups"));
    }

    [Fact]
    public async Task A_link_is_not_told_why_a_top_up_is_in_its_state()
    {
        var (_, topUp) = await bench.AskAsync(bench.Link, "POST", TopUps, """{"amount":"10.00"}""");
        await bench.Panel.Database.ExecuteAsync("update cron_service.top_ups set message = 'an operator''s words' where id = @id",
            ("id", topUp["id"]!.GetValue<long>()));

        Assert.Equal("an operator's words", $"{(await bench.App.GetAsync($"{TopUps}/{topUp["id"]}")).Body["message"]}");
        Assert.Null((await bench.AskAsync(bench.Link, "GET", $"{TopUps}/{topUp["id"]}")).Body["message"]);
        Assert.All((await bench.AskAsync(bench.Link, "GET", "/api/pay/top-ups")).Body["topUps"]!.AsArray(),
            one => Assert.Null(one!["message"]));
    }
}
