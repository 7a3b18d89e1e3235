using System.Net;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class KeyTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Keys = "/api/admin/keys";

    [Fact]
    public async Task A_key_is_shown_once_does_what_its_role_may_is_rotated_and_revoked()
    {
        var app = await panel.SharedAppAsync();
        var (status, made) = await app.PostAsync(Keys, new { name = "grafana", role = "viewer", owner = "ops" });
        Assert.Equal(HttpStatusCode.Created, status);
        var (id, key) = (made["info"]!["id"]!.GetValue<string>(), made["key"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, await AskAsync(app, key, HttpMethod.Get, OutsidePanel.Status));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(app, key, HttpMethod.Post, OutsidePanel.Trigger));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(app, key, HttpMethod.Post, Keys));

        var listed = (await app.GetAsync(Keys)).Body;
        Assert.DoesNotContain(key[15..], listed.ToJsonString(), StringComparison.Ordinal);
        var one = listed["keys"]!.AsArray().Single(k => k!["id"]!.GetValue<string>() == id)!;
        Assert.Equal(("grafana", "viewer", "ops", "bootstrap-key"), (Text(one, "name"), Text(one, "role"), Text(one, "owner"),
            Text(one, "createdBy")));
        Assert.NotNull(one["lastUsedAt"]);

        var rotated = (await app.PostAsync($"{Keys}/{id}/rotate", new { graceMinutes = 0 })).Body["key"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(app, key, HttpMethod.Get, OutsidePanel.Status));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(app, rotated, HttpMethod.Get, OutsidePanel.Status));

        foreach (var _ in new[] { "revoked", "and again" })
            Assert.Equal(HttpStatusCode.OK, (await app.SendAsync(HttpMethod.Delete, $"{Keys}/{id}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(app, rotated, HttpMethod.Get, OutsidePanel.Status));
        Assert.Equal(HttpStatusCode.Conflict, (await app.PostAsync($"{Keys}/{id}/rotate")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync(HttpMethod.Delete, $"{Keys}/nothing2")).Status);
    }

    [Fact]
    public async Task A_repeat_with_the_same_Idempotency_Key_makes_no_second_key_and_shows_none()
    {
        var app = await panel.SharedAppAsync();
        var first = (await app.SendAsync(HttpMethod.Post, Keys, new { name = "once", role = "operator" }, "same")).Body;
        var again = (await app.SendAsync(HttpMethod.Post, Keys, new { name = "once", role = "operator" }, "same")).Body;
        Assert.Equal(Text(first["info"]!, "id"), Text(again["info"]!, "id"));
        Assert.NotNull(first["key"]);
        Assert.Null(again["key"]);
        Assert.False(await panel.ScalarAsync<bool>(
            "select exists (select from cron_service.idempotency_keys k where k::text like '%' || @key || '%')",
            ("key", Text(first, "key")[15..])));
        Assert.Equal(HttpStatusCode.BadRequest,
            (await app.SendAsync(HttpMethod.Post, Keys, new { name = "once", role = "admin" }, "same")).Status);
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", "name")]
    [InlineData("""{"name":"x","role":"Admin"}""", "role")]
    [InlineData("""{"name":"x","role":"viewer","expiresAt":"2020-01-01"}""", "expiresAt")]
    [InlineData("""{"name":"x","role":"viewer","expiresAt":"tomorrow"}""", "expiresAt")]
    [InlineData("""{"name":"x","role":"viewer","owner":""}""", "owner")]
    [InlineData("""{"name":"x","role":"viewer","key":"of-my-own-choice"}""", "key")]
    public async Task A_mistake_in_a_key_is_named(string json, string field)
    {
        var (status, body) = await (await panel.SharedAppAsync()).PostAsync(Keys, JsonNode.Parse(json));
        Assert.Equal((HttpStatusCode.BadRequest, field), (status, Text(body, "field")));
    }

    [Fact]
    public async Task An_unknown_and_a_wrong_key_hear_the_same()
    {
        var app = await panel.SharedAppAsync();
        var key = Text((await app.PostAsync(Keys, new { name = "mine", role = "viewer" })).Body, "key");
        var answers = new List<string>();
        foreach (var wrong in new[] { "nothing", $"{key[..^1]}{(key[^1] == 'A' ? 'B' : 'A')}",
            "skyfn_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, OutsidePanel.Status) { Headers = { { "x-api-key", wrong } } };
            using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            answers.Add($"{response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }
        Assert.Single(answers.Distinct());
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static async Task<HttpStatusCode> AskAsync(AppProcess app, string key, HttpMethod method, string path)
    {
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        using var request = new HttpRequestMessage(method, path) { Headers = { { "x-api-key", key } } };
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
