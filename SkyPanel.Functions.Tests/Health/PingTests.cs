using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Health;

public sealed class PingTests
{
    private const string Secret = "ping-secret";

    [Fact]
    public async Task Each_run_pings_and_one_that_found_something_broken_says_so()
    {
        await using var there = await DiscordSimulator.StartAsync(TestContext.Current.CancellationToken);
        await using var bench = await MonitoringBench.StartAsync(("Monitoring:PingUrl", Url(there)));
        there.Faults.Add("GET", Secret, Fault.Answer(200));

        await bench.RunAsync();
        bench.Panel.VirtFusion.Faults.Add("*", "", Fault.Answer(503).With("Retry-After", "0"));
        await bench.RunAsync();

        Assert.Equal([$"GET {Secret}?rid=1", $"GET {Secret}/fail?rid=1"],
            there.Requests.Received.Select(request => $"{request.Method} {request.PathAndQuery}"));
    }

    [Fact]
    public async Task A_check_that_counts_as_broken_though_it_is_unknown_is_told()
    {
        await using var there = await DiscordSimulator.StartAsync(TestContext.Current.CancellationToken);
        await using var bench = await MonitoringBench.StartAsync(("Monitoring:PingUrl", Url(there)));
        there.Faults.Add("GET", Secret, Fault.Answer(200));
        await bench.Panel.Database.ExecuteAsync("alter table cron_service.corrected_hours rename to lost");

        for (var run = 0; run < 3; run++)
            await bench.RunAsync();

        Assert.Equal(CheckState.Unknown, (await bench.CheckAsync("integrity")).State);
        Assert.Equal([$"GET {Secret}?rid=1", $"GET {Secret}?rid=1", $"GET {Secret}/fail?rid=1"],
            there.Requests.Received.Select(request => $"{request.Method} {request.PathAndQuery}"));
    }

    [Fact]
    public async Task A_ping_that_does_not_get_through_is_logged_without_its_address_and_changes_nothing()
    {
        await using var there = await DiscordSimulator.StartAsync(TestContext.Current.CancellationToken);
        await using var bench = await MonitoringBench.StartAsync(("Monitoring:PingUrl", Url(there)));
        using var log = new DiscordBench.Lines();
        bench.Panel.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        there.Faults.Add("GET", Secret, Fault.Reset(), times: 1);

        Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);
        Assert.Equal(RunStatus.Succeeded, (await bench.RunAsync()).Status);

        Assert.Contains(log.Seen, line => line.Contains("The ping did not get through", StringComparison.Ordinal));
        Assert.Contains(log.Seen, line => line.Contains("The ping was answered with 404", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Seen, line => line.Contains(Secret, StringComparison.Ordinal)
            || line.Contains(bench.Discord.Token, StringComparison.Ordinal));
    }

    private static string Url(DiscordSimulator there) => $"{new Uri(there.WebhookUrl).GetLeftPart(UriPartial.Authority)}/{Secret}?rid=1";
}
