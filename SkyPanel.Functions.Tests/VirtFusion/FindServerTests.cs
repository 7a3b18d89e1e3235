using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class FindServerTests
{
    [Fact]
    public async Task A_server_that_is_there_is_found_as_in_the_list()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(1);

        var listed = Assert.Single((await bench.Client.ListServersAsync(VirtFusionBench.Cancel)).Servers);

        Assert.Equal(new ServerLookup.Found(listed), await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public async Task Only_a_finished_installation_is_built(int commissionStatus, bool built)
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.AddServer(1, 1, VirtFusionBench.Created, commissionStatus: commissionStatus);

        var found = Assert.IsType<ServerLookup.Found>(await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));

        Assert.Equal(built, found.Server.IsBuilt);
    }

    [Fact]
    public async Task A_404_with_its_message_means_gone()
    {
        await using var bench = await VirtFusionBench.StartAsync();

        Assert.Equal(new ServerLookup.Gone(), await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));
    }

    [Theory]
    [InlineData(404, "", "status 404")]
    [InlineData(404, "<html>Not found</html>", "status 404")]
    [InlineData(404, "{\"message\":\"No route\"}", "status 404: No route")]
    [InlineData(404, "{\"msg\":\"\"}", "status 404")]
    [InlineData(404, "{\"msg\":null}", "status 404")]
    [InlineData(410, "{\"msg\":\"server not found\"}", "status 410: server not found")]
    [InlineData(401, "401 Unauthorized", "status 401")]
    [InlineData(423, "{\"msg\":\"pending\"}", "status 423: pending")]
    [InlineData(423, "{\"msg\":\"a\\u001b[2J\\r\\nb\"}", "status 423: a [2J b")]
    [InlineData(500, "{\"exception\":\"secret\",\"trace\":[\"secret\"]}", "status 500")]
    [InlineData(422, "{\"errors\":[\"first\",{\"secret\":1},\"\\ud800\",\"second\"]}", "status 422: first; second")]
    [InlineData(204, "", "status 204")]
    [InlineData(200, "", "the answer has no `data`")]
    [InlineData(200, "{\"data\":[]}", "`id` is missing or not a positive integer")]
    [InlineData(200, "{\"data\":{\"id\":2,\"suspended\":false,\"state\":\"complete\"}}", "VirtFusion answered with server 2")]
    [InlineData(200, "{\"data\":{\"id\":1,\"state\":\"complete\"}}", "`suspended` is missing or not a truth value")]
    [InlineData(200, "{\"data\":{\"id\":1,\"suspended\":\"\\ud800\"}}", "`suspended` is missing or not a truth value")]
    [InlineData(200, "{\"data\":{\"id\":1,\"suspended\":false", "the answer has no `data`")]
    public async Task Anything_else_is_unknown(int status, string body, string reason)
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(1);
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Answer(status, body));

        Assert.Equal(new ServerLookup.Unknown(reason), await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));
    }

    [Fact]
    public async Task A_cut_connection_is_tried_again_and_a_dead_one_is_unknown()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(1);
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.CutShort(200, """{"data":{"id":1}}"""), times: 1);
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Reset(), times: 1);

        Assert.IsType<ServerLookup.Found>(await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));

        await bench.Simulator.DisposeAsync();
        Assert.IsType<ServerLookup.Unknown>(await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));
    }

    [Fact]
    public async Task Cancelling_is_the_caller_s_own_doing()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Hold(gate));
        using var cancel = new CancellationTokenSource();

        var finding = bench.Client.FindServerAsync(1, cancel.Token);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding);
    }
}
