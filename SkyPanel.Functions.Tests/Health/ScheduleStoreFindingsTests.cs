using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Health;

public sealed class ScheduleStoreFindingsTests
{
    private const string Key = "Cron:HourlyBilling:Schedule";

    [Fact]
    public async Task An_App_Configuration_that_is_synced_is_well_and_one_that_somebody_changed_is_told()
    {
        await using var simulator = await AppConfigurationSimulator.StartAsync();
        await using var panel = await TestPanel.StartAsync(("AppConfiguration:ConnectionString", simulator.ConnectionString));
        Assert.Contains($"{Key} is absent there and '0 * * * *' here", (await FindAsync(panel)).Message, StringComparison.Ordinal);

        await SyncAsync(panel);
        Assert.Equal(FindingState.Ok, (await FindAsync(panel)).State);

        simulator.Set(Key, "7 * * * *");
        var (reads, finding) = (simulator.Requests.Count, await FindAsync(panel));
        Assert.Equal(FindingState.Warning, finding.State);
        Assert.Contains($"{Key} is '7 * * * *' there and '0 * * * *' here", finding.Message, StringComparison.Ordinal);
        Assert.All(simulator.Requests.Skip(reads), request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_write_that_failed_is_told()
    {
        await using var simulator = await AppConfigurationSimulator.StartAsync();
        simulator.Set(Key, "7 * * * *", isLocked: true);
        await using var panel = await TestPanel.StartAsync(("AppConfiguration:ConnectionString", simulator.ConnectionString));
        await SyncAsync(panel);

        var finding = await FindAsync(panel);
        Assert.Equal(FindingState.Failing, finding.State);
        Assert.Contains("409, the key is locked", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "401, AppConfiguration:ConnectionString or the identity is refused")]
    [InlineData(false, "refused")]
    public async Task One_that_refuses_or_is_not_there_is_told_without_its_secret(bool isThere, string says)
    {
        await using var simulator = await AppConfigurationSimulator.StartAsync();
        var wrong = Convert.ToBase64String(new byte[32]);
        var address = simulator.Address.GetLeftPart(UriPartial.Authority);
        await using var panel = await TestPanel.StartAsync(("AppConfiguration:ConnectionString",
            $"Endpoint={address};Id=simulated;Secret={wrong}"));
        if (!isThere)
            await simulator.DisposeAsync();

        var finding = await FindAsync(panel);
        Assert.Equal(FindingState.Failing, finding.State);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task None_is_off()
    {
        await using var panel = await TestPanel.StartAsync();
        Assert.Equal(FindingState.Off, (await FindAsync(panel)).State);
    }

    private static Task SyncAsync(TestPanel panel) => panel.Services.GetRequiredService<ScheduleWatch>()
        .CheckAsync(TestContext.Current.CancellationToken);

    private static async Task<Finding> FindAsync(TestPanel panel)
    {
        var finding = Assert.Single(await panel.Services.GetRequiredService<ScheduleStoreFindings>()
            .FindAsync(TestContext.Current.CancellationToken));
        Assert.Equal("app-configuration", finding.Name);
        return finding;
    }
}
