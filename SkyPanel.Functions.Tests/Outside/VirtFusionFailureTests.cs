using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class VirtFusionFailureTests
{
    [Theory]
    [InlineData("down", "servers")]
    [InlineData("401", "servers")]
    [InlineData("garbage", "servers")]
    [InlineData("empty", "servers")]
    [InlineData("down", "selfService/")]
    [InlineData("401", "selfService/")]
    [InlineData("garbage", "selfService/hourlyStats")]
    [InlineData("reset", "selfService/credit/")]
    public async Task A_run_that_VirtFusion_fails_says_so_disables_nothing_and_a_later_one_takes_all_once(string how, string where)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 3; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(("Wallet__ClaimTime", "00:00:05")); // When that is over, a lost answer is judged.
        panel.VirtFusion.Faults.Add("*", where, how switch
        {
            "down" => Fault.Answer(503),
            "401" => Fault.Answer(401, "401 Unauthorized"),
            "garbage" => Fault.Answer(200, "<html>Checking your browser</html>"),
            "empty" => Fault.Answer(200, "{}"),
            _ => Fault.Reset(),
        });

        var failed = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.Contains(failed["status"]!.GetValue<string>(), new[] { "failed", "partial" });
        Assert.Equal(where == "servers" ? "failed" : "partial", failed["status"]!.GetValue<string>());
        var error = failed["result"]!["errors"]!.AsArray().First()!;
        Assert.Equal("api", error["kind"]!.GetValue<string>());
        Assert.NotEmpty(error["message"]!.GetValue<string>());
        Assert.Equal(3, await panel.ScalarAsync<long>("select count(*) from public.virtfusion_hourly_billing where billing_enabled"));

        panel.VirtFusion.Faults.Clear();
        await panel.SettleAsync(app);
        await panel.BooksBalanceAsync();
        Assert.InRange(await panel.ScalarAsync<long>("select count(*) from cron_service.charges"), 30, 33);
        foreach (var user in new[] { 1, 2, 3 })
        {
            var tokens = await panel.ScalarAsync<decimal>(
                "select floor(sum(amount) * 100) from cron_service.charges where server_id = @user", ("user", user));
            var isHeld = await panel.ScalarAsync<bool>("""
                select exists (select from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
                    where a.user_id = @user and d.state = 'held')
                """, ("user", user));
            // Nobody has seen this panel's wallets move yet, so a lost answer is for a person.
            Assert.Equal(how == "reset", isHeld);
            Assert.Equal(OutsidePanel.FirstTokens - (isHeld ? 0 : tokens), panel.VirtFusion.Wallet(user));
        }
    }

    [Fact]
    public async Task Slow_is_not_down()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 3; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync();
        panel.VirtFusion.Faults.Add("*", "", Fault.Slow(TimeSpan.FromSeconds(2)));
        JsonObject answer = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.Equal("succeeded", answer["status"]!.GetValue<string>());
        await panel.BooksBalanceAsync();
    }
}
