using System.Text.Json.Nodes;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class ListServersTests
{
    private static readonly Fault Unavailable = Fault.Answer(503).With("Retry-After", "0");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(200, 1)]
    [InlineData(201, 2)]
    [InlineData(450, 3)]
    public async Task Every_server_is_listed_and_every_page_asks_for_200(int servers, int pages)
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(servers);

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.True(list.IsComplete);
        Assert.Empty(list.Errors);
        Assert.Equal(Enumerable.Range(1, servers), list.Servers.Select(server => server.Id));
        Assert.Equal(
            Enumerable.Range(1, pages).Select(page => $"servers?type=simple&results=200&page={page}"),
            bench.Simulator.Requests.Received.Select(request => request.PathAndQuery));
    }

    [Fact]
    public async Task A_server_is_read_as_it_is()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.AddServer(7, ownerId: 42, VirtFusionBench.Created, suspended: true);

        var server = Assert.Single((await bench.Client.ListServersAsync(VirtFusionBench.Cancel)).Servers);

        Assert.Equal(new(7, 42, IsSuspended: true, IsBuilt: true, VirtFusionBench.Created)
        {
            IsProtected = false,
        }, server);
    }

    [Fact]
    public async Task A_page_that_keeps_failing_leaves_the_others()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(450);
        bench.Simulator.Faults.Add("GET", "servers?type=simple&results=200&page=2", Unavailable);

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal("page 2: status 503", Assert.Single(list.Errors));
        Assert.Equal([.. Enumerable.Range(1, 200), .. Enumerable.Range(401, 50)], list.Servers.Select(server => server.Id));
        Assert.Equal(3, bench.Simulator.Requests.Count("GET", "servers?type=simple&results=200&page=2"));
    }

    [Fact]
    public async Task A_page_that_fails_once_is_asked_for_again()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(201);
        bench.Simulator.Faults.Add("GET", "servers?type=simple&results=200&page=2", Unavailable, times: 1);

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.True(list.IsComplete);
        Assert.Equal(201, list.Servers.Count);
    }

    [Fact]
    public async Task After_three_failed_pages_the_rest_is_not_tried()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(1100);
        bench.Simulator.Faults.Add("GET", "servers?type=simple&results=200&page=1", Fault.Slow(TimeSpan.Zero));
        bench.Simulator.Faults.Add("GET", "servers", Fault.Answer(401));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal(200, list.Servers.Count);
        Assert.Equal("3 pages could not be read: pages 5 to 6 were not tried", list.Errors[^1]);
        Assert.Equal(4, bench.Simulator.Requests.Received.Count);
    }

    [Theory]
    [InlineData(401, "", "status 401")]
    [InlineData(200, "<html>Sign in</html>", "the answer is no JSON object")]
    [InlineData(200, "[]", "the answer is no JSON object")]
    [InlineData(200, "{\"data\":{}}", "the answer has no `data` list")]
    [InlineData(200, "{\"data\":[]}", "the answer has no `last_page`")]
    [InlineData(200, "{\"data\":[],\"last_page\":1,\"current_page\":2}", "VirtFusion answered with page 2")]
    [InlineData(403, "{\"msg\":\"no  \\n access\"}", "status 403: no access")]
    public async Task Without_the_first_page_nothing_is_known(int status, string body, string reason)
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.Faults.Add("GET", "servers", Fault.Answer(status, body));

        var exception = await Assert.ThrowsAsync<VirtFusionException>(() => bench.Client.ListServersAsync(VirtFusionBench.Cancel));

        Assert.Equal($"VirtFusion's servers can't be listed: {reason}", exception.Message);
    }

    [Fact]
    public async Task A_server_that_is_down_is_known_within_seconds()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        await bench.Simulator.DisposeAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(VirtFusionBench.Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(45));

        var exception = await Assert.ThrowsAsync<VirtFusionException>(() => bench.Client.ListServersAsync(limit.Token));

        Assert.Contains("ConnectionError", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_comes_again_makes_the_list_incomplete()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(1);
        var page = """{"data":[{"id":1,"suspended":false,"commissioned":3}],"last_page":2}""";
        bench.Simulator.Faults.Add("GET", "servers", Fault.Answer(200, page));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal("page 2: nothing but servers of earlier pages", Assert.Single(list.Errors));
        Assert.Single(list.Servers);
    }

    [Fact]
    public async Task A_list_that_grows_without_end_is_left()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        for (var page = 1; page <= 15; page++)
        {
            var body = new JsonObject { ["data"] = new JsonArray(Item(page)), ["last_page"] = page + 1, ["current_page"] = page };
            // Each once: page=1 is also where page=10 begins.
            bench.Simulator.Faults.Add(
                "GET", $"servers?type=simple&results=200&page={page}", Fault.Answer(200, body.ToJsonString()), times: 1);
        }

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal("the list grew to 13 pages while it was read: no more than 12 were", Assert.Single(list.Errors));
        Assert.Equal(12, list.Servers.Count);
    }

    [Fact]
    public async Task Fewer_servers_than_VirtFusion_counts_make_the_list_incomplete()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        var page = """{"data":[{"id":1,"suspended":false,"commissioned":3}],"last_page":1,"total":2}""";
        bench.Simulator.Faults.Add("GET", "servers", Fault.Answer(200, page));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal("VirtFusion counts 2 servers, 1 were listed", Assert.Single(list.Errors));
    }

    private static JsonObject Item(int id) => new() { ["id"] = id, ["suspended"] = false, ["commissioned"] = 3 };
}
