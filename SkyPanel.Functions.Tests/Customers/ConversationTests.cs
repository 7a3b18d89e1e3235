using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>The commands of docs/customers.md, pasted in their order: they print what the page says.</summary>
public sealed class ConversationTests(ITestOutputHelper output)
{
    private const string Dry = "22";

    // An hour passes: what was written an hour ago, and when the wallet was read last.
    private const string HourPassesSql = """
        set session_replication_role = replica;
        update cron_service.notices set created_at = created_at - interval '1 hour';
        set session_replication_role = origin;
        update cron_service.wallet_readings set read_at = read_at - interval '1 hour';
        update cron_service.standings set tried_at = null
        """;

    [Fact]
    public async Task A_customer_runs_dry_is_warned_three_times_suspended_pays_and_is_resumed_within_a_minute()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(22, tokens: 640);
        await panel.Panel.AddServerAsync(2122, userId: 22, monthlyPrice: 73, OutsidePanel.HoursAgo(5));
        var address = $"http://127.0.0.1:{PayPageBench.FreePort()}";
        var app = await panel.StartAppAsync([.. TopUpHttpTests.Settings(payPal).Where(setting => setting.Name != "Public__BaseUrl"),
            ("Public__BaseUrl", address), ("ASPNETCORE_URLS", address)]);
        await TopUpHttpTests.EnableAsync(app);
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
        await app.PostAsync(OutsidePanel.Trigger);
        await using var shell = new Shell([("SKYPANEL", address), ("KEY", AppProcess.AdminKey),
            ("SIM", new Uri(panel.VirtFusion.BaseAddress, "/simulator").ToString()), ("DRY", Dry)]);

        var (heading, printed) = ("", "");
        foreach (var block in Page.Read("docs/customers.md"))
        {
            if (block.Heading != heading)
                await panel.Database.ExecuteAsync(HourPassesSql);
            heading = block.Heading;
            if (block.Language == "bash")
                output.WriteLine($"{block.Text}\n{printed = await shell.RunAsync(block.Text)}");
            else
                Assert.True(block.Text.Split('\n').All(line => printed.Split('\n').Contains(line)),
                    $"Under '{heading}' it printed:\n{printed}");
        }
        Assert.Equal("resumed", await panel.ScalarAsync<string>("select state from cron_service.suspensions where server_id = 2122"));
    }
}
