using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Accounts that were below zero before the policy suspended anybody.</summary>
public sealed class GoingLiveTests
{
    private const string DueNoticesSql = "select count(*) from cron_service.notices where cause = 'suspension_due'";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_was_below_zero_before_the_policy_is_live_is_told_and_has_the_whole_grace(bool isDryRunFirst)
    {
        await using var bench = await BelowAsync();
        if (isDryRunFirst)
        {
            await WriteAsync(bench, isDryRun: true, graceHours: 24);
            Assert.Equal(Standing.Due, (await bench.BeatAsync(1)).State);
        }
        var before = TimeProvider.System.GetUtcNow();
        await WriteAsync(bench, isDryRun: false, graceHours: 24);
        var standing = await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.Equal((Standing.Overdue, false), (standing.State, bench.IsSuspended(1001)));
        Assert.InRange(standing.DueAt!.Value - before.UtcDateTime, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.1));
        Assert.Equal(1, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
        Assert.Equal(1, await bench.Database.ScalarAsync<long>(DueNoticesSql));

        // Another change of the policy leaves the grace as it is.
        await WriteAsync(bench, isDryRun: false, graceHours: 24);
        Assert.Equal(standing.DueAt, (await bench.BeatAsync(1)).DueAt);
    }

    [Fact]
    public async Task Who_was_due_in_a_dry_run_has_the_whole_grace_also_before_the_next_look_at_the_accounts()
    {
        await using var bench = await BelowAsync();
        await WriteAsync(bench, isDryRun: true, graceHours: 24);
        Assert.Equal(Standing.Due, (await bench.BeatAsync(1)).State);
        await WriteAsync(bench, isDryRun: false, graceHours: 24);
        await bench.SuspendAsync();

        Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));
        Assert.Equal(1, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
        Assert.InRange(await bench.Database.ScalarAsync<double>("""
            select extract(epoch from (facts ->> 'dueAt')::timestamptz - now())::float8 / 3600
            from cron_service.notices where cause = 'suspension_due'
            """), 23.9, 24);
        await bench.BeatAsync(1);
        Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
    }

    [Fact]
    public async Task A_longer_grace_is_told_once_and_after_a_shorter_one_nobody_is_suspended_before_the_told_time()
    {
        await using var bench = await BelowAsync();
        foreach (var hours in new[] { 24, 48 })
        {
            await WriteAsync(bench, isDryRun: false, hours);
            Assert.Equal(1, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
            await bench.BeatAsync(1);
            Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
        }
        var told = (await bench.StandingAsync(1)).DueAt;
        await WriteAsync(bench, isDryRun: false, graceHours: 0);
        var standing = await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.Equal((Standing.Overdue, told), (standing.State, standing.DueAt));
        Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));
        Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
    }

    [Fact]
    public async Task Without_a_grace_who_was_below_zero_before_is_suspended_at_once()
    {
        await using var bench = await BelowAsync();
        await WriteAsync(bench, isDryRun: false, graceHours: 0);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.True(bench.IsSuspended(1001));
    }

    [Fact]
    public async Task An_exemption_that_moves_the_suspension_is_followed_by_another_notice_and_a_shorter_one_by_none()
    {
        await using var bench = await BelowAsync();
        await WriteAsync(bench, isDryRun: false, graceHours: 24);
        await bench.BeatAsync(1);
        Assert.Equal(1, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));

        await ExemptAsync(bench, 1);
        Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
        await ExemptAsync(bench, 26); // Told a day before.
        Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel));
        await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel, TimeProvider.System.GetUtcNow().AddHours(3));
        Assert.Equal(2, await bench.Database.ScalarAsync<long>(DueNoticesSql));
    }

    [Fact]
    public async Task Who_was_resumed_by_a_person_and_has_money_is_not_due()
    {
        await using var bench = await BelowAsync();
        await WriteAsync(bench, isDryRun: false, graceHours: 0);
        await bench.BeatAsync(1);
        var account = await bench.AccountAsync(1);
        await bench.SuspendAsync();
        await WriteAsync(bench, isDryRun: false, graceHours: 1);
        await bench.Database.InOneAsync(transaction =>
            SuspensionOrders.ResumeAsync(transaction.Connection!, account, "Ann", "paid in cash"));
        await bench.SuspendAsync();
        bench.VirtFusion.ShiftWallet(1, 1000);
        var standing = await bench.BeatAsync(1);

        Assert.Equal((Standing.Ok, (DateTime?)null), (standing.State, standing.DueAt));
    }

    // Below zero for three days, while the policy is off and notices are on.
    private static async Task<CustomersBench> BelowAsync()
    {
        var bench = await CustomersBench.StartAsync();
        await bench.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel);
        await bench.AddAsync(1, 10);
        await bench.BeatAsync(1);
        await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel);
        await bench.Database.ExecuteAsync("""
            update cron_service.standings
            set below_since = below_since - interval '3 days', overdue_since = overdue_since - interval '3 days'
            """);
        return bench;
    }

    private static Task<bool> WriteAsync(CustomersBench bench, bool isDryRun, int graceHours) =>
        bench.Database.InOneAsync(async transaction =>
        {
            await new Policy(new(Enabled: true, [72, 24, 1]),
                new(Enabled: true, isDryRun, graceHours, CreditLimit: 0, MaxPerRun: 10, MaxPercentPerRun: 5))
                .WriteAsync(transaction.Connection!, CustomersBench.Cancel);
            return true;
        });

    private static async Task ExemptAsync(CustomersBench bench, int hours)
    {
        await bench.Database.ExecuteAsync("""
            insert into cron_service.customers (account_id, exempt_until, exempt_reason)
            select id, now() + @hours * interval '1 hour', 'a test' from cron_service.accounts where user_id = 1
            on conflict (account_id) do update set exempt_until = excluded.exempt_until
            """, ("hours", hours));
        await bench.BeatAsync(1);
    }
}
