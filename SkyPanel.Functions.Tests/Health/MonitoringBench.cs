using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Health;

/// <summary>A panel that is looked after, and the Discord that hears of it.</summary>
internal sealed class MonitoringBench : AlertedPanel
{
    private MonitoringBench((TestPanel, DiscordSimulator) parts) : base(parts) { }

    public static async Task<MonitoringBench> StartAsync(params (string Name, string Value)[] settings) =>
        new(await StartPartsAsync(settings));

    /// <summary>A run of the job by hand; then what it owes is delivered.</summary>
    public async Task<RunOutcome> RunAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var runner = Panel.Services.GetRequiredService<JobRunner>();
        var run = await runner.TriggerAsync(runner.Find(MonitoringJob.Name)!, "test", false, ct)
            ?? throw new InvalidOperationException("Another run executes.");
        var outcome = await run.Outcome;
        await DeliverAsync();
        return outcome;
    }

    public async Task StoreAsync(string name, Finding result, IServiceProvider? app = null)
    {
        var records = (app ?? Panel.Services).GetRequiredService<CheckRecords>();
        await records.StoreAsync(name, result, await records.NowAsync(TestContext.Current.CancellationToken), null,
            TestContext.Current.CancellationToken);
    }

    public async Task<CheckRecord> CheckAsync(string name) =>
        (await Panel.Services.GetRequiredService<CheckRecords>().ListAsync(TestContext.Current.CancellationToken))
            .Single(check => check.Name == name);

    /// <summary>What the channel was told, like <c>held is broken</c>.</summary>
    public string[] Told => [.. Discord.Messages.Select(message => message["embeds"]![0]!["title"]!.GetValue<string>())];
}
