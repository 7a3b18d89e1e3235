using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class ParallelTriggersTests
{
    [Fact]
    public async Task Twenty_triggers_at_two_processes_charge_each_hour_once_and_take_each_token_once()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var from = OutsidePanel.HoursAgo(30);
        for (var server = 1; server <= 12; server++)
            await panel.Panel.AddServerAsync(server, userId: 1 + server % 4, monthlyPrice: 50, from);
        var apps = await Task.WhenAll(panel.StartAppAsync(), panel.StartAppAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => apps[n % 2].PostAsync(OutsidePanel.Trigger)));

        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict }));
        var runs = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.NotEmpty(runs);
        Assert.Equal(12, runs.Count(run => run.Body["result"]!["processedServers"]!.GetValue<int>() == 12) * 12);
        await panel.BooksBalanceAsync();
        Assert.True(await panel.ScalarAsync<long>("select count(*) from cron_service.charges") >= 12 * 30);
        foreach (var user in new[] { 1, 2, 3, 4 })
        {
            var exact = await panel.ScalarAsync<decimal>("""
                select sum(c.amount) from cron_service.charges c join cron_service.accounts a on a.id = c.account_id where a.user_id = @user
                """, ("user", user));
            Assert.Equal(OutsidePanel.FirstTokens - decimal.Floor(exact * 100), panel.VirtFusion.Wallet(user));
        }
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.runs where status = 'running'"));
    }
}
