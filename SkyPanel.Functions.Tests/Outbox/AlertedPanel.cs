using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outbox;

/// <summary>A panel whose alerts go to a Discord of its own.</summary>
internal abstract class AlertedPanel((TestPanel Panel, DiscordSimulator Discord) parts) : IAsyncDisposable
{
    public TestPanel Panel { get; } = parts.Panel;
    public DiscordSimulator Discord { get; } = parts.Discord;

    public Task DeliverAsync(IServiceProvider? app = null) =>
        (app ?? Panel.Services).GetRequiredService<OutboxDelivery>().DeliverAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Panel.DisposeAsync();
        await Discord.DisposeAsync();
    }

    protected static async Task<(TestPanel, DiscordSimulator)> StartPartsAsync((string Name, string Value)[] settings)
    {
        var discord = await DiscordSimulator.StartAsync(TestContext.Current.CancellationToken);
        return (await TestPanel.StartAsync([("Discord:WebhookUrl", discord.WebhookUrl), .. settings]), discord);
    }
}
