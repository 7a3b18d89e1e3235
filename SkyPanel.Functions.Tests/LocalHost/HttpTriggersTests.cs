using System.Net;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class HttpTriggersTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/api/items/41", HttpStatusCode.OK, "item 41")]
    [InlineData("GET", "/API/Items/41", HttpStatusCode.OK, "item 41")]
    [InlineData("GET", "/api/items/41/", HttpStatusCode.OK, "item 41")]
    [InlineData("GET", "/api/items/007", HttpStatusCode.OK, "item 007")]
    [InlineData("HEAD", "/api/items/41", HttpStatusCode.NotFound, "")]
    [InlineData("POST", "/api/items/41", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/items/x", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/items/99999999999999999999", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/items/41", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/picture.png", HttpStatusCode.NotFound, "")]
    [InlineData("PUT", "/api/pages/index.html", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/pages/index.html", HttpStatusCode.OK, "index.html")]
    [InlineData("GET", "/api/pages/a/b", HttpStatusCode.OK, "a/b")]
    [InlineData("GET", "/api/names/a%2Fb%20c", HttpStatusCode.OK, "a%2Fb c")]
    [InlineData("DELETE", "/api/Anything", HttpStatusCode.OK, "DELETE")]
    [InlineData("POST", "/api/echo", HttpStatusCode.OK, "{ \"malformed\": ")]
    [InlineData("GET", "/api/fails", HttpStatusCode.InternalServerError, "")]
    public async Task Answers_as_the_Functions_host_does(string method, string path, HttpStatusCode status, string body)
    {
        await using var host = await WorkerHost.StartAsync(typeof(HttpFunctions));
        using var request = new HttpRequestMessage(new(method), path);
        if (method == "POST")
            request.Content = new StringContent("{ \"malformed\": ", null, "application/json");

        using var response = await host.Client.SendAsync(request, Ct);

        Assert.Equal((status, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Ct)));
    }

    [Theory]
    [InlineData("""{ "extensions": { "http": { "routePrefix": "" } } }""", "/items/41")]
    [InlineData("""{ "Extensions": { "Http": { "RoutePrefix": "/v1/" } } }""", "/v1/items/41")]
    public async Task The_route_prefix_is_that_of_host_json(string hostJson, string path)
    {
        await using var host = await WorkerHost.StartAsync(typeof(HttpFunctions), hostJson: hostJson);

        Assert.Equal("item 41", await host.Client.GetStringAsync(path, Ct));
    }

    [Fact]
    public async Task An_exception_is_logged_with_the_functions_name()
    {
        await using var host = await WorkerHost.StartAsync(typeof(HttpFunctions));

        (await host.Client.GetAsync("/api/fails", Ct)).Dispose();

        Assert.Equal("Function 'Fails' failed. on purpose", Assert.Single(host.Log.Lines));
    }

    [Fact]
    public async Task Every_request_has_an_instance_of_its_own()
    {
        await using var host = await WorkerHost.StartAsync(typeof(HttpFunctions));

        Assert.Equal("1", await host.Client.GetStringAsync("/api/count", Ct));
        Assert.Equal("1", await host.Client.GetStringAsync("/api/count", Ct));
    }

    [Fact]
    public async Task The_token_fires_when_the_client_goes_away()
    {
        var gate = new Gate();
        await using var host = await WorkerHost.StartAsync(typeof(GatedHttpFunction), gate);
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var answer = host.Client.GetStringAsync("/api/gated", client.Token);
        await gate.EnteredAsync();
        await client.CancelAsync();

        await gate.CancelledAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task A_shutdown_lets_requests_end_and_takes_no_new_ones()
    {
        var gate = new Gate();
        await using var host = await WorkerHost.StartAsync(typeof(GatedHttpFunction), gate);

        var answer = host.Client.GetStringAsync("/api/gated", Ct);
        await gate.EnteredAsync();
        var stopped = host.StopAsync();
        using var late = new HttpClient { BaseAddress = host.Client.BaseAddress };
        while (await IsAnsweredAsync(late))
            await Task.Yield();
        Assert.False(gate.IsCancelled);
        Assert.False(stopped.IsCompleted);
        gate.Open();

        Assert.Equal("through", await answer);
        await stopped;
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient client)
    {
        try
        {
            (await client.GetAsync("/", Ct)).Dispose();
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
