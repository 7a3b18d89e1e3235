using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

/// <summary>The simulator by itself, as plain HTTP sees it: what the client is tried against must be right without it.</summary>
public sealed class VirtFusionSimulatorTests
{
    private static readonly DateTimeOffset Created = VirtFusionBench.Created;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("results=0")]
    [InlineData("results=201")]
    [InlineData("results=many")]
    [InlineData("type=long")]
    public async Task A_list_refuses_what_the_real_one_refuses(string query)
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await http.GetAsync($"servers?{query}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task The_next_page_s_address_drops_the_page_size()
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);
        for (var id = 1; id <= 30; id++)
            simulator.AddServer(id, 1, Created);

        var small = (await http.GetFromJsonAsync<JsonObject>("servers", Cancel))!;
        var large = (await http.GetFromJsonAsync<JsonObject>("servers?type=full&results=29", Cancel))!;
        var next = (await http.GetFromJsonAsync<JsonObject>((string)large["next_page_url"]!, Cancel))!;

        Assert.Equal((20, 2, 30), (small["data"]!.AsArray().Count, (int)small["last_page"]!, (int)small["total"]!));
        Assert.Equal("complete", (string)large["data"]![0]!["state"]!);
        Assert.Equal($"{simulator.BaseAddress}servers?page=2", (string)large["next_page_url"]!);
        Assert.Equal((20, 10), ((int)next["per_page"]!, next["data"]!.AsArray().Count));
    }

    [Fact]
    public async Task Only_the_token_opens_the_api()
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = new HttpClient { BaseAddress = simulator.BaseAddress };

        var response = await http.GetAsync("servers", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("401 Unauthorized", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("{\"tokens\":0}", 422)]
    [InlineData("{\"tokens\":\"5\"}", 422)]
    [InlineData("{}", 422)]
    [InlineData("", 422)]
    [InlineData("{\"tokens\":1,\"reference_1\":\"x\"}", 422)]
    [InlineData("{\"tokens\":1,\"reference_2\":1}", 422)]
    [InlineData("{\"tokens\":0.5}", 201)]
    public async Task A_credit_needs_tokens_other_than_0(string body, int status)
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);
        simulator.AddUser(5, 105, 1m);

        var response = await http.PostAsync("selfService/credit/byUserExtRelationId/5", new StringContent(body), Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 201 ? 1.5m : 1m, simulator.Wallet(5));
    }

    [Fact]
    public async Task A_cancelled_credit_gives_its_tokens_back_once()
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);
        simulator.AddUser(5, 105, 100m);
        await http.PostAsJsonAsync("selfService/credit/byUserExtRelationId/5", new { tokens = -30 }, Cancel);

        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("selfService/credit/1", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync("selfService/credit/1", Cancel)).StatusCode);
        Assert.Equal(100m, simulator.Wallet(5));
    }

    [Fact]
    public async Task A_snapshot_keeps_wallets_over_a_restart_and_over_the_same_fleet_added_again()
    {
        var path = Path.Combine(Path.GetTempPath(), $"simulator-{Guid.NewGuid():N}", "state.json");
        await using (var first = await VirtFusionSimulator.StartAsync(new() { SnapshotPath = path }, Cancel))
        {
            first.AddServer(1, 105, Created);
            first.AddUser(5, 105, 100m);
            using var http = Http(first);
            await http.PostAsJsonAsync("selfService/credit/byUserExtRelationId/5", new { tokens = -30.25m, reference_1 = 8 }, Cancel);
            await http.PostAsync("servers/1/suspend", null, Cancel);
        }

        await using var second = await VirtFusionSimulator.StartAsync(new() { SnapshotPath = path }, Cancel);
        second.AddServer(1, 105, Created);
        second.AddUser(5, 105, 100m);
        using var again = Http(second);
        await again.PostAsJsonAsync("selfService/credit/byUserExtRelationId/5", new { tokens = 1 }, Cancel);

        Assert.Equal(70.75m, second.Wallet(5));
        Assert.Equal([(1, 8L), (2, null)], second.Credits.Select(credit => (credit.Id, credit.Reference1)));
        Assert.True(Assert.Single(second.Servers).IsSuspended);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task Its_controls_work_over_http()
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);
        simulator.AddServer(1, 105, Created);
        simulator.AddUser(5, 105, 100m);

        await http.PostAsync("/simulator/servers/1/suspend", null, Cancel);
        await http.PostAsJsonAsync("/simulator/wallets/5", new { tokens = 11.5m }, Cancel);
        await http.PostAsJsonAsync("/simulator/faults", new { path = "servers", status = 429, retryAfter = "9", times = 1 }, Cancel);
        var refused = await http.GetAsync("servers/1", Cancel);
        var state = (await http.GetFromJsonAsync<JsonObject>("/simulator/state", Cancel))!;
        await http.PostAsJsonAsync("/simulator/faults", new { path = "servers", kind = "reset" }, Cancel);
        await http.DeleteAsync("/simulator/faults", Cancel);
        var wrong = await http.PostAsJsonAsync("/simulator/faults", new { kind = "fire" }, Cancel);
        await http.DeleteAsync("/simulator/servers/1", Cancel);

        Assert.Equal((429, TimeSpan.FromSeconds(9)), ((int)refused.StatusCode, refused.Headers.RetryAfter!.Delta));
        Assert.Equal(111.5m, (decimal)state["users"]![0]!["tokens"]!);
        Assert.True((bool)state["servers"]![0]!["isSuspended"]!);
        Assert.Equal(1, (int)state["requests"]!["GET servers"]!);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal("""{"msg":"server not found"}""", await (await http.GetAsync("servers/1", Cancel)).Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Users_and_currencies_are_known()
    {
        await using var simulator = await VirtFusionSimulator.StartAsync(new(), Cancel);
        using var http = Http(simulator);
        simulator.AddUser(5, 105, 100m);

        var user = (await http.GetFromJsonAsync<JsonObject>("users/5/byExtRelation", Cancel))!;
        var currencies = (await http.GetFromJsonAsync<JsonObject>("selfService/currencies", Cancel))!;

        Assert.Equal(105, (int)user["data"]!["id"]!);
        Assert.Equal("0.0100000000", (string)currencies["data"]![0]!["value"]!);
    }

    private static HttpClient Http(VirtFusionSimulator simulator) => new()
    {
        BaseAddress = simulator.BaseAddress,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", simulator.ApiToken) },
    };
}
