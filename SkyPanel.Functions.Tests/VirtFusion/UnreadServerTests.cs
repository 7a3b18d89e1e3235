using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

/// <summary>One server that can't be read is that server's trouble: its neighbours are billed, and it isn't taken for gone.</summary>
public sealed class UnreadServerTests
{
    [Theory]
    [InlineData("suspended", "null", "`suspended` is missing or not a truth value")]
    [InlineData("suspended", "\"maybe\"", "`suspended` is missing or not a truth value")]
    [InlineData("suspended", "2", "`suspended` is missing or not a truth value")]
    [InlineData("commissioned", "null", "nothing readable says whether it is built (`state`, `commissionStatus`, `commissioned`)")]
    [InlineData("commissioned", "{}", "nothing readable says whether it is built (`state`, `commissionStatus`, `commissioned`)")]
    [InlineData("owner", "\"me\"", "`owner` is not a user id")]
    [InlineData("created", "\"10:30\"", "`created` is not a time")]
    [InlineData("created", "1736942449", "`created` is not a time")]
    public async Task A_field_that_cannot_be_read_leaves_the_server_unread(string field, string json, string problem)
    {
        await using var bench = await ListingAsync(2, item => With(item, field, json));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.True(list.IsComplete);
        Assert.Equal([1, 3], list.Servers.Select(server => server.Id));
        Assert.Equal([2], list.UnreadServerIds);
        Assert.Equal($"server 2: {problem}", Assert.Single(list.Errors));
    }

    [Theory]
    [InlineData("\"two\"")]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("99999999999")]
    public async Task A_server_of_unknown_id_may_be_any_so_the_list_is_incomplete(string json)
    {
        await using var bench = await ListingAsync(2, item => With(item, "id", json));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal([1, 3], list.Servers.Select(server => server.Id));
        Assert.Equal("page 1: a server of unknown id: `id` is missing or not a positive integer", list.Errors[0]);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"server\"")]
    [InlineData("[1]")]
    public async Task An_item_that_is_no_object_is_a_server_of_unknown_id(string json)
    {
        await using var bench = await ListingAsync(2, _ => JsonNode.Parse(json));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.False(list.IsComplete);
        Assert.Equal(2, list.Servers.Count);
    }

    [Theory]
    [InlineData("suspended", "1", true, true)]
    [InlineData("suspended", "\"1\"", true, true)]
    [InlineData("suspended", "0", false, true)]
    [InlineData("suspended", "\"0\"", false, true)]
    [InlineData("commissioned", "true", false, true)]
    [InlineData("commissioned", "\"3\"", false, true)]
    [InlineData("commissioned", "false", false, false)]
    [InlineData("commissioned", "0", false, false)]
    [InlineData("commissioned", "1", false, false)]
    [InlineData("commissioned", "2", false, false)]
    [InlineData("state", "\"complete\"", false, true)]
    [InlineData("state", "\"failed\"", false, false)]
    [InlineData("commissionStatus", "0", false, false)]
    [InlineData("buildFailed", "true", false, false)]
    [InlineData("buildFailed", "0", false, true)]
    public async Task What_can_be_read_is_read(string field, string json, bool suspended, bool built)
    {
        await using var bench = await ListingAsync(2, item => With(item, field, json));

        var server = (await bench.Client.ListServersAsync(VirtFusionBench.Cancel)).Servers.Single(server => server.Id == 2);

        Assert.Equal((suspended, built), (server.IsSuspended, server.IsBuilt));
    }

    [Theory]
    [InlineData("\"2026-01-05 12:00:00\"")]
    [InlineData("\"2026-01-05T12:00:00.000000Z\"")]
    [InlineData("\"2026-01-05T13:00:00+01:00\"")]
    public async Task A_time_without_a_zone_is_UTC(string json)
    {
        await using var bench = await ListingAsync(2, item => With(item, "created", json));

        var server = (await bench.Client.ListServersAsync(VirtFusionBench.Cancel)).Servers.Single(server => server.Id == 2);

        Assert.Equal(VirtFusionBench.Created, server.CreatedAt);
    }

    [Fact]
    public async Task Uuid_owner_creation_and_protection_may_be_unsaid()
    {
        await using var bench = await ListingAsync(2, item =>
        {
            foreach (var field in (string[])["uuid", "owner", "created", "protected"])
                item.Remove(field);
            return item;
        });

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.Equal(new(2, null, false, true, null), list.Servers.Single(server => server.Id == 2));
    }

    [Theory]
    [InlineData("false", true)]
    [InlineData("true", false)]
    public async Task A_server_listed_twice_counts_when_both_agree(string suspendedAgain, bool read)
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.Faults.Add("GET", "servers?type=simple&results=200&page=1", Fault.Answer(200,
            """{"data":[{"id":1,"suspended":false,"commissioned":3},{"id":2,"suspended":false,"commissioned":3}],"last_page":2}"""));
        bench.Simulator.Faults.Add("GET", "servers?type=simple&results=200&page=2", Fault.Answer(200,
            """{"data":[{"id":2,"suspended":S,"commissioned":3},{"id":3,"suspended":false,"commissioned":3}],"last_page":2,"total":3}"""
                .Replace("S", suspendedAgain, StringComparison.Ordinal)));

        var list = await bench.Client.ListServersAsync(VirtFusionBench.Cancel);

        Assert.True(list.IsComplete);
        Assert.Equal(read ? [1, 2, 3] : [1, 3], list.Servers.Select(server => server.Id).Order());
        Assert.Equal(read ? [] : [2], list.UnreadServerIds);
        Assert.Equal(read ? [] : ["server 2: listed twice with different contents"], list.Errors);
    }

    private static async Task<VirtFusionBench> ListingAsync(int distorted, Func<JsonObject, JsonNode?> distortion)
    {
        var bench = await VirtFusionBench.StartAsync();
        bench.AddServers(3);
        bench.Simulator.Distort(distorted, distortion);
        return bench;
    }

    private static JsonObject With(JsonObject item, string field, string json)
    {
        item[field] = JsonNode.Parse(json);
        return item;
    }
}
