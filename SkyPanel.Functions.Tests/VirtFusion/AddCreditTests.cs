using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

/// <summary>What an answer means. What the lack of one means is in <see cref="AddCreditInDoubtTests"/>.</summary>
public sealed class AddCreditTests
{
    private const string Credit = "selfService/credit/byUserExtRelationId/";

    [Theory]
    [InlineData(-14, 86)]
    [InlineData(25, 125)]
    [InlineData(int.MinValue, 100 + (long)int.MinValue)]
    public async Task An_order_moves_the_wallet_once_with_its_references(int tokens, long wallet)
    {
        await using var bench = await StartAsync();

        var outcome = await bench.Client.AddCreditAsync(
            5, tokens, long.MaxValue, new string('é', 1000), VirtFusionBench.Soon(), VirtFusionBench.Cancel);

        var credit = Assert.Single(bench.Simulator.Credits);
        Assert.Equal(new CreditOutcome.Accepted("1"), outcome);
        Assert.Equal((5, (decimal)tokens, long.MaxValue, new string('é', 1000)),
            (credit.ExtRelationId, credit.Tokens, credit.Reference1, credit.Reference2));
        Assert.Equal(wallet, bench.Simulator.Wallet(5));
    }

    [Fact]
    public async Task Nothing_is_never_ordered()
    {
        await using var bench = await StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bench.TakeAsync(5, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bench.Client.AddCreditAsync(
            5, 1, 1, new string('x', 1001), VirtFusionBench.Soon(), VirtFusionBench.Cancel));
        Assert.Empty(bench.Simulator.Requests.Received);
    }

    [Theory]
    [InlineData("{\"data\":{\"id\":77}}", "77")]
    [InlineData("{\"data\":{\"id\":\"c-77\"}}", "c-77")]
    [InlineData("{\"data\":{\"id\":99999999999999999999}}", "99999999999999999999")]
    public async Task The_credit_id_may_be_a_number_or_a_string(string body, string id)
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Answer(201, body).AfterActing());

        Assert.Equal(new CreditOutcome.Accepted(id), await bench.TakeAsync(5, 1));
    }

    [Theory]
    [InlineData(201, "", "status 201 without a readable `data.id`")]
    [InlineData(201, "<html></html>", "status 201 without a readable `data.id`")]
    [InlineData(201, "{\"data\":{\"id\":null}}", "status 201 without a readable `data.id`")]
    [InlineData(201, "{\"data\":{\"id\":\"\"}}", "status 201 without a readable `data.id`")]
    [InlineData(201, "{\"data\":{\"id\":{}}}", "status 201 without a readable `data.id`")]
    [InlineData(200, "{\"data\":{\"id\":1}}", "status 200")]
    [InlineData(202, "", "status 202")]
    [InlineData(204, "", "status 204")]
    [InlineData(302, "", "status 302")]
    [InlineData(405, "", "status 405")]
    [InlineData(408, "", "status 408")]
    [InlineData(500, "{\"message\":\"Server Error\"}", "status 500: Server Error")]
    [InlineData(502, "", "status 502")]
    [InlineData(503, "", "status 503")]
    [InlineData(504, "", "status 504")]
    public async Task An_answer_that_is_neither_yes_nor_no_is_a_doubt_and_is_not_asked_again(int status, string body, string reason)
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Answer(status, body).AfterActing());

        Assert.Equal(new CreditOutcome.InDoubt(reason), await bench.TakeAsync(5, 10));
        Assert.Equal(90m, bench.Simulator.Wallet(5));
        Assert.Equal(1, bench.Simulator.Requests.Count("POST", Credit));
    }

    [Theory]
    [InlineData(400, "", "")]
    [InlineData(403, "{\"msg\":\"forbidden\"}", "forbidden")]
    [InlineData(404, "", "")]
    [InlineData(409, "{\"message\":\"already scheduled\"}", "already scheduled")]
    [InlineData(422, "{\"message\":\"Invalid.\",\"errors\":{\"tokens\":[\"Too many.\"]}}", "Invalid.")]
    [InlineData(423, "{\"msg\":\"locked\"}", "locked")]
    public async Task A_refusal_moves_nothing(int status, string body, string message)
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Answer(status, body));

        Assert.Equal(new CreditOutcome.Refused(status, message), await bench.TakeAsync(5, 10));
        Assert.Equal(100m, bench.Simulator.Wallet(5));
        Assert.Equal(1, bench.Simulator.Requests.Count("POST", Credit));
    }

    [Fact]
    public async Task An_unknown_user_is_a_refusal()
    {
        await using var bench = await StartAsync();

        Assert.Equal(new CreditOutcome.Refused(404, "user not found"), await bench.TakeAsync(6, 10));
    }

    [Fact]
    public async Task A_rejected_token_and_a_crowd_are_told_apart()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        await using var bench = await StartAsync(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now));
        bench.Simulator.Faults.Add("POST", Credit, Fault.TooManyRequests("7"), times: 1);
        bench.Simulator.Faults.Add("POST", Credit, Fault.TooManyRequests("Sun, 01 Mar 2026 12:01:30 GMT"), times: 1);
        bench.Simulator.Faults.Add("POST", Credit, Fault.TooManyRequests("Sun, 01 Mar 2026 11:00:00 GMT"), times: 1);
        bench.Simulator.Faults.Add("POST", Credit, Fault.TooManyRequests(), times: 1);

        Assert.Equal(new CreditOutcome.RateLimited(TimeSpan.FromSeconds(7)), await bench.TakeAsync(5, 10));
        Assert.Equal(new CreditOutcome.RateLimited(TimeSpan.FromSeconds(90)), await bench.TakeAsync(5, 10));
        Assert.Equal(new CreditOutcome.RateLimited(TimeSpan.Zero), await bench.TakeAsync(5, 10));
        Assert.Equal(new CreditOutcome.RateLimited(null), await bench.TakeAsync(5, 10));

        bench.Simulator.ApiToken = "rotated";
        Assert.Equal(new CreditOutcome.Unauthorized(), await bench.TakeAsync(5, 10));
        bench.Connection.Use(bench.Simulator.BaseAddress.ToString(), "rotated");
        Assert.IsType<CreditOutcome.Accepted>(await bench.TakeAsync(5, 10));
    }

    private static async Task<VirtFusionBench> StartAsync(TimeProvider? time = null)
    {
        var bench = await VirtFusionBench.StartAsync(time);
        bench.Simulator.AddUser(5, 105, 100m);
        return bench;
    }
}
