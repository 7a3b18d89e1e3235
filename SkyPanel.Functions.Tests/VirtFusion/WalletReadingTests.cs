using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class WalletReadingTests
{
    private const string Stats = "selfService/hourlyStats/byUserExtRelationId/";
    private const string UsagePath = "selfService/usage/byUserExtRelationId/";
    private static readonly DateTimeOffset NewYearsEve = new(2026, 12, 31, 23, 59, 59, TimeSpan.Zero);

    [Theory]
    [InlineData("4999.98765")]
    [InlineData("0")]
    [InlineData("-12.5")]
    public async Task A_balance_is_read_exactly(string tokens)
    {
        await using var bench = await VirtFusionBench.StartAsync(new FakeTimeProvider(NewYearsEve));
        bench.Simulator.AddUser(5, 105, Amount(tokens));

        Assert.Equal(new BalanceReading.Tokens(Amount(tokens)), await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
        Assert.Equal($"{Stats}5?period%5B%5D=2026-12-01&range=m", Assert.Single(bench.Simulator.Requests.Received).PathAndQuery);
    }

    [Theory]
    [InlineData("\"4999.00000\"", "4999")]
    [InlineData("4999", "4999")]
    [InlineData("4999.1", "4999.1")]
    [InlineData("0.1000000000000000055511151231", "0.1000000000000000055511151231")]
    [InlineData("\"1.0E-5\"", "0.00001")]
    [InlineData("\"-0.00001\"", "-0.00001")]
    public async Task A_balance_may_be_a_string_or_a_number(string json, string tokens)
    {
        await using var bench = await AnsweringAsync(200, """{"data":{"credit":{"value":0,"tokens":T}}}""".Replace("T", json,
            StringComparison.Ordinal));

        Assert.Equal(new BalanceReading.Tokens(Amount(tokens)), await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
    }

    [Theory]
    [InlineData("{\"data\":{\"credit\":{\"value\":0}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":null}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":false}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":\"\"}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":\"1,234.50\"}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":\"NaN\"}}}")]
    [InlineData("{\"data\":{\"credit\":{\"tokens\":1e99}}}")]
    [InlineData("{\"data\":{\"credit\":12}}")]
    [InlineData("{\"data\":[]}")]
    [InlineData("<html></html>")]
    [InlineData("")]
    public async Task No_balance_is_no_reading_and_never_0(string body)
    {
        await using var bench = await AnsweringAsync(200, body);

        Assert.Equal(
            new BalanceReading.Unknown("the answer has no readable `credit.tokens`") { IsAnswered = true },
            await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
    }

    [Fact]
    public async Task A_refusal_says_which()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        Assert.Equal(new BalanceReading.Refused(404, "user not found"), await bench.Client.ReadBalanceAsync(9, VirtFusionBench.Cancel));

        bench.Simulator.Faults.Add("GET", Stats, Fault.Answer(404), times: 1);
        Assert.Equal(new BalanceReading.Unknown("status 404") { IsAnswered = true },
            await bench.Client.ReadBalanceAsync(9, VirtFusionBench.Cancel));

        bench.Simulator.Faults.Add("GET", Stats, Fault.Answer(423, """{"msg":"locked"}"""), times: 1);
        Assert.Equal(new BalanceReading.Refused(423, "locked"), await bench.Client.ReadBalanceAsync(9, VirtFusionBench.Cancel));

        bench.Simulator.ApiToken = "another";
        Assert.Equal(new BalanceReading.Unauthorized(), await bench.Client.ReadBalanceAsync(9, VirtFusionBench.Cancel));
    }

    [Fact]
    public async Task A_long_wait_that_is_asked_for_is_the_caller_s_decision()
    {
        await using var bench = await VirtFusionBench.StartAsync(new FakeTimeProvider(NewYearsEve));
        bench.Simulator.Faults.Add("GET", Stats, Fault.TooManyRequests("60"), times: 1);
        bench.Simulator.Faults.Add("GET", Stats, Fault.TooManyRequests("Fri, 01 Jan 2027 00:02:00 GMT"), times: 1);

        Assert.Equal(
            new BalanceReading.RateLimited(TimeSpan.FromSeconds(60)), await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
        Assert.Equal(
            new BalanceReading.RateLimited(TimeSpan.FromSeconds(121)), await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
        Assert.Equal(2, bench.Simulator.Requests.Received.Count);
    }

    [Fact]
    public async Task A_short_wait_that_is_asked_for_is_waited()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.AddUser(5, 105, 7m);
        bench.Simulator.Faults.Add("GET", Stats, Fault.TooManyRequests("0"), times: 2);

        Assert.Equal(new BalanceReading.Tokens(7m), await bench.Client.ReadBalanceAsync(5, VirtFusionBench.Cancel));
        Assert.Equal(3, bench.Simulator.Requests.Count("GET", Stats));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.4")]
    [InlineData("123.45")]
    public async Task Native_usage_is_the_exact_count_of_this_month(string tokens)
    {
        await using var bench = await VirtFusionBench.StartAsync(new FakeTimeProvider(NewYearsEve));
        bench.Simulator.AddUser(5, 105, 0m);
        bench.Simulator.SetNativeUsage(5, Amount(tokens));

        Assert.Equal(new UsageReading.Figures(new(2026, 12, 1), Amount(tokens), 0, 0, 0),
            await bench.Client.ReadNativeUsageAsync(5, VirtFusionBench.Cancel));
        Assert.Equal($"{UsagePath}5?period%5B%5D=2026-12-01&range=m", Assert.Single(bench.Simulator.Requests.Received).PathAndQuery);
    }

    [Theory]
    [InlineData(200, "{\"data\":{\"usageServers\":{\"token\":\"3\",\"tokenReal\":false}}}", "3")]
    [InlineData(200, "{\"data\":{\"usageServers\":{\"token\":false,\"tokenReal\":false}}}", "0")]
    [InlineData(200, "{\"data\":{\"usageServers\":{\"token\":3}}}", null)]
    [InlineData(200, "{\"data\":{}}", null)]
    [InlineData(404, "{\"msg\":\"user not found\"}", null)]
    [InlineData(401, "", null)]
    public async Task Native_usage_that_is_not_said_is_unknown(int status, string body, string? tokens)
    {
        await using var bench = await AnsweringAsync(status, body);

        var reading = await bench.Client.ReadNativeUsageAsync(5, VirtFusionBench.Cancel);

        Assert.Equal(tokens is null ? null : Amount(tokens), (reading as UsageReading.Figures)?.Servers);
    }

    private static async Task<VirtFusionBench> AnsweringAsync(int status, string body)
    {
        var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.Faults.Add("GET", "selfService", Fault.Answer(status, body));
        return bench;
    }

    private static decimal Amount(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
