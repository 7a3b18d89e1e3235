using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Outgoing;

namespace SkyPanel.Functions.Tests.Outbox;

/// <summary>Webhooks reach the internet, and nothing inside, wherever a name leads.</summary>
public sealed class PrivateAddressesTests
{
    [Theory]
    [InlineData("1.1.1.1", true)]
    [InlineData("11.0.0.1", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:1.1.1.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void An_address_of_the_internet_is_told_from_all_others(string address, bool isPublic) =>
        Assert.Equal(isPublic, IPAddress.Parse(address).IsPublic());

    [Theory]
    [InlineData("https://localhost/hooks")]
    [InlineData("http://127.0.0.1:9/hooks")]
    [InlineData("https://[::1]/hooks")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::ffff:10.0.0.1]/hooks")]
    [InlineData("https://2130706433/hooks")]
    [InlineData("https://0x7f.1/hooks")]
    public async Task An_endpoint_inside_is_refused_when_it_is_added(string url)
    {
        await using var app = App("false");
        var webhooks = app.GetRequiredService<SignedWebhooks>();
        Assert.Contains("Webhooks:AllowPrivateAddresses",
            await webhooks.FindObstacleAsync(SignedWebhooks.ParseAddress(url)!, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        await using var demo = App("true");
        Assert.Null(await demo.GetRequiredService<SignedWebhooks>().FindObstacleAsync(SignedWebhooks.ParseAddress(url)!,
            TestContext.Current.CancellationToken));
    }

    // As when a name was public while it was added, and leads inside now.
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Nothing_is_sent_to_an_endpoint_that_leads_inside_since(string host)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var app = App("false");
        var address = new UriBuilder(receiver.Address) { Host = host }.Uri;

        var failed = Assert.IsType<AttemptOutcome.Failed>(await app.GetRequiredService<SignedWebhooks>().PostAsync(address,
            [SignedWebhooks.NewSecret()], "notice-1", "{}", TestContext.Current.CancellationToken));

        Assert.StartsWith("nothing is sent: its address is of this machine", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(receiver.Received);
    }

    internal static ServiceProvider App(string allowPrivateAddresses)
    {
        var settings = new ConfigurationManager { ["Webhooks:AllowPrivateAddresses"] = allowPrivateAddresses };
        return new ServiceCollection().AddSingleton(TimeProvider.System).AddMailAndWebhooks().AddSingleton<IConfiguration>(settings)
            .BuildServiceProvider();
    }
}
