using System.Net;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class AlertsTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Monitoring = "/api/admin/cron/jobs/monitoring/trigger";
    private const string Checks = "/api/admin/monitoring/checks";

    [Fact]
    public async Task VirtFusion_down_is_told_once_the_billing_goes_on_and_back_is_told_once()
    {
        await using var discord = await DiscordSimulator.StartAsync(TestContext.Current.CancellationToken);
        var app = await panel.StartAppAsync(("Discord__WebhookUrl", discord.WebhookUrl), ("Cron__Heartbeat__Schedule", "* * * * * *"),
            ("Logging__LogLevel__Default", "Trace"));
        await app.PostAsync(Monitoring);

        panel.VirtFusion.Faults.Add("*", "", Fault.Answer(503).With("Retry-After", "0"));
        await app.PostAsync(Monitoring);
        await app.PostAsync(Monitoring);
        await ToldAsync(discord, 1);
        Assert.Equal(["virtfusion"], (await app.GetAsync(OutsidePanel.Status)).Body["checks"]!["failing"]!.AsArray()
            .Select(name => name!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(OutsidePanel.Trigger)).Status);

        panel.VirtFusion.Faults.Clear();
        await app.PostAsync(OutsidePanel.Trigger);
        await app.PostAsync(Monitoring);
        await app.PostAsync(Monitoring);
        Assert.Empty((await app.GetAsync(OutsidePanel.Status)).Body["checks"]!["failing"]!.AsArray());

        // The billing run that had nothing to go on is a break of its own, if a heartbeat came by meanwhile.
        await ToldAsync(discord, 2);
        var titles = discord.Messages.Select(message => message["embeds"]![0]!["title"]!.GetValue<string>())
            .Where(title => title.StartsWith("virtfusion", StringComparison.Ordinal));
        Assert.Equal(["virtfusion is broken", "virtfusion is well again"], titles);
        var (_, body) = await app.GetAsync(Checks);
        Assert.All(body["checks"]!.AsArray(), check => Assert.NotEqual("failing", check!["state"]!.GetValue<string>()));
        Assert.DoesNotContain(discord.Token, $"{app.Output}{string.Join('\n', app.Errors)}{body}", StringComparison.Ordinal);
    }

    private static async Task ToldAsync(DiscordSimulator discord, int virtFusion)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (discord.Messages.Count(message => message.ToJsonString().Contains("virtfusion is", StringComparison.Ordinal)) < virtFusion)
        {
            if (TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"Told so far: {string.Join('\n', discord.Messages)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
