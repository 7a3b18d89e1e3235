using SkyPanel.Functions.Database;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Health;

namespace SkyPanel.Functions.Tests.Customers.Notices;

public sealed class NoticeHealthTests
{
    [Fact]
    public async Task Without_a_mail_server_it_is_told_once_notices_are_on()
    {
        await using var bench = await NoticeBench.StartAsync(("Mail:Host", ""), ("Mail:From", null!));
        Assert.Equal(("ok", "off off"), await FindAsync(bench));

        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");

        Assert.Equal(("failing", "off failing"), await FindAsync(bench));
    }

    [Fact]
    public async Task A_mail_server_that_is_down_is_told_by_the_doctor_and_a_channel_by_which_nothing_came_through_by_both()
    {
        await using var bench = await NoticeBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        Assert.Equal(("ok", "ok ok"), await FindAsync(bench));
        bench.Mail.GoDown();
        Assert.Equal(("ok", "failing ok"), await FindAsync(bench));

        foreach (var user in new[] { 1, 2, 3 })
            await bench.OweAsync(await bench.AddCustomerAsync(user), NoticeCause.Runway, "{}");
        await bench.DeliverAsync();

        Assert.Equal(("failing", "failing failing"), await FindAsync(bench));
        Assert.Contains("by mail (the mail server can't be reached (ConnectionRefused))",
            (await bench.Get<NoticeChecks>().Check.RunAsync(new(false, []), NoticeBench.Cancel))!.Message, StringComparison.Ordinal);
        bench.Mail.Listen();
        await bench.DueAsync();
        await bench.DeliverAsync(bench.Panel.StartApp(NoticeBench.Settings(bench.Mail)));
        Assert.Equal(("ok", "ok ok"), await FindAsync(bench));
    }

    // A customer's wrong address is no outage: the operator finds it in the log of deliveries.
    [Fact]
    public async Task One_refused_recipient_is_no_alarm()
    {
        await using var bench = await NoticeBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        bench.Mail.Faults.Refuse("u1@example.com");
        await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, "{}");
        await bench.DeliverAsync();

        Assert.Equal(("ok", "ok ok"), await FindAsync(bench));
        var outbox = bench.Get<RunLogChecks>().All.Single(check => check.Name == "outbox");
        Assert.Equal(FindingState.Ok, (await outbox.RunAsync(new(false, []), NoticeBench.Cancel))!.State);
    }

    /// <returns>What monitoring says, and what the doctor says of mail and of notices.</returns>
    private static async Task<(string Check, string Findings)> FindAsync(NoticeBench bench) => (
        (await bench.Get<NoticeChecks>().Check.RunAsync(new(false, []), NoticeBench.Cancel))!.CheckState.Text(),
        $"{(await bench.Get<NoticeChecks>().FindMailAsync(NoticeBench.Cancel)).State.Text()} " +
        (await bench.Get<NoticeChecks>().FindAsync(NoticeBench.Cancel)).State.Text());
}
