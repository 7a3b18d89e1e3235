using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers.Notices;

public sealed class FactsTests
{
    [Fact]
    public async Task A_payment_that_was_granted_and_taken_back_is_told_once_each_and_one_from_before_never()
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.PayAsync(1);
        await bench.SettleAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        Assert.Equal(0, await WriteAsync(bench));

        var paid = await bench.PayAsync(2, 20);
        await bench.SettleAsync();
        Assert.Equal((1, 0), (await WriteAsync(bench), await WriteAsync(bench)));
        bench.PayPal.Books.Refund(paid.OrderId!, 5);
        await bench.SettleAsync();
        Assert.Equal((1, 0), (await WriteAsync(bench), await WriteAsync(bench)));

        Assert.Equal("top_up_received 20.000000 2000, taken_back 5.000000 500", await bench.Panel.Database.ScalarAsync<string>(
            "select string_agg(cause || ' ' || (facts ->> 'amount') || ' ' || (facts ->> 'tokens'), ', ' order by id) from " +
                "cron_service.notices"));

        static Task<int> WriteAsync(PayPalBench bench) => bench.Get<NoticeWriter>().WriteAsync(PayPalBench.Cancel);
    }

    [Fact]
    public async Task Tokens_that_are_granted_again_after_a_dispute_was_won_on_appeal_are_told_again()
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        Assert.Equal(0, await bench.Get<NoticeWriter>().WriteAsync(PayPalBench.Cancel));
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 4);
        await bench.HearAsync(topUp.Id, dispute);
        await TellAsync();
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        await TellAsync();
        bench.PayPal.Books.Resolve(dispute, isWon: true);
        await bench.SettleAsync();
        Assert.True(await bench.Panel.Database.InOneAsync(async transaction => await Grants.AlignAsync(transaction.Connection!,
            (await TopUpQueries.LockAsync(transaction.Connection!, topUp.Id))!, isByPerson: true, PayPalBench.Cancel)));
        await TellAsync();
        await TellAsync();

        Assert.Equal("top_up_received 1000, taken_back 400, top_up_received 400", await bench.Panel.Database.ScalarAsync<string>(
            "select string_agg(cause || ' ' || (facts ->> 'tokens'), ', ' order by id) from cron_service.notices"));

        async Task TellAsync()
        {
            await bench.SettleAsync();
            await bench.Get<NoticeWriter>().WriteAsync(PayPalBench.Cancel);
        }
    }

    [Fact]
    public async Task A_payment_that_PayPal_refused_is_told()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync();
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, looked_at)
            values (@id, 10, 'USD', 100, 1000, 'test', 'denied', now()), (@id, 10, 'USD', 100, 1000, 'test', 'expired', now())
            """, ("id", account));

        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        Assert.Equal(["top_up_failed 1"], await bench.WrittenAsync());
    }

    [Fact]
    public async Task Servers_of_one_account_are_told_together_when_none_is_under_way_any_more()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync();
        await SuspendAsync(bench, account, (1001, "suspended"), (1002, "ordered"));
        Assert.Equal(0, await bench.WriteAsync());

        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.suspensions set state = 'suspended', suspended_at = now() where server_id = 1002");
        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        await SuspendAsync(bench, account, (1003, "suspended"));
        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        // Nobody tells of 1004, which was resumed before it was suspended.
        await SuspendAsync(bench, account, (1004, "ordered"));
        await bench.Panel.Database.ExecuteAsync("update cron_service.suspensions set state = 'resumed', resumed_at = now()");
        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));

        Assert.Equal("suspended [1001, 1002] suspended [1003] resumed [1001, 1002, 1003]",
            await bench.Panel.Database.ScalarAsync<string>(
                "select string_agg(cause || ' ' || (facts ->> 'servers'), ' ' order by id) from cron_service.notices"));
    }

    [Fact]
    public async Task A_suspension_is_announced_with_its_instant_and_not_in_a_dry_run()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.customer_policy set suspension_enabled = true, suspension_dry_run = true");
        await bench.EnableAsync();
        await bench.StandAsync(account, 0, "overdue");
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.standings set below_since = now(), runway = 'unknown', runway_hours = null");
        Assert.Equal(0, await bench.WriteAsync());

        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set suspension_dry_run = false");
        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        await bench.DeliverAsync();

        var due = await bench.Panel.Database.ScalarAsync<string>(
            "select to_char(below_since at time zone 'UTC' + interval '1 day', 'YYYY-MM-DD HH24:MI') from cron_service.standings");
        Assert.Equal($"Your servers will be suspended on {due} UTC",
            await bench.Panel.Database.ScalarAsync<string>("select title from public.notifications"));
        Assert.Contains($"suspension due, on {due} UTC", Assert.Single(bench.Discord.Messages)["content"]!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    // 20 hours at 0.50 are available: 7.50 by credit.
    [Theory]
    [InlineData(0, "Your balance of $10.00 (1,000 tokens) is enough for 20 more full hours")]
    [InlineData(7.5, "Your balance of $2.50 (250 tokens) with a credit limit of $7.50 is enough for 20 more full hours")]
    [InlineData(15, "Your balance of -$5.00 (-500 tokens) with a credit limit of $15.00 is enough for 20 more full hours")]
    public async Task A_notice_names_the_balance_without_the_credit_limit(double limit, string said)
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set credit_limit = @limit", ("limit", (decimal)limit));
        await bench.EnableAsync();
        await bench.StandAsync(account, 20);
        await bench.WriteAsync();
        await bench.DeliverAsync();

        Assert.StartsWith(said, await bench.Panel.Database.ScalarAsync<string>("select message from public.notifications"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_debit_is_told_and_an_unknown_balance_is_not()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync();
        await bench.StandAsync(account, null);
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, message, last_attempt_at)
            values (@id, 'debit', 150, 1.5, 'test', 'held', 'refused', now())
            """, ("id", account));

        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        Assert.Equal(["debit_held 1"], await bench.WrittenAsync());
    }

    // The first is in the middle of it when the second begins.
    [Fact]
    public async Task Two_processes_at_once_write_one_notice_for_one_cause()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        var other = bench.Panel.StartApp(NoticeBench.Settings(bench.Mail));
        await bench.EnableAsync();
        await bench.StandAsync(account, 20);

        Task<int> first;
        await using (var held = await HeldRows.HoldAsync(bench.Panel.Database, "lock table cron_service.outbox in exclusive mode"))
        {
            first = bench.WriteAsync();
            await bench.Panel.Database.BlockedAsync(1);
            Assert.Equal(0, await other.GetRequiredService<NoticeWriter>().WriteAsync(NoticeBench.Cancel));
        }
        Assert.Equal(1, await first);
        Assert.Equal(0, await other.GetRequiredService<NoticeWriter>().WriteAsync(NoticeBench.Cancel));
        await Task.WhenAll(bench.DeliverAsync(), bench.DeliverAsync(other));

        Assert.Equal(["runway 24/1"], await bench.WrittenAsync());
        Assert.Single(bench.Mail.Mails);
    }

    // Between the notice and its messages there is no moment in which one is there without the other.
    [Fact]
    public async Task Killed_between_the_notice_and_the_outbox_nothing_is_there_and_the_next_heartbeat_writes_it_once()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync();
        await bench.StandAsync(account, 20);

        await using (var held = await HeldRows.HoldAsync(bench.Panel.Database, "lock table cron_service.outbox in exclusive mode"))
        {
            var dies = bench.WriteAsync();
            await bench.Panel.Database.BlockedAsync(1);
            await bench.Panel.Database.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => dies);
        }
        Assert.Empty(await bench.WrittenAsync());
        Assert.Equal((1, 0), (await bench.WriteAsync(), await bench.WriteAsync()));
        await bench.DeliverAsync();

        Assert.Equal(["runway 24/1"], await bench.WrittenAsync());
        Assert.Single(bench.Mail.Mails);
    }

    [Fact]
    public async Task The_database_itself_refuses_a_second_notice_for_one_cause_and_any_change_of_one()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        const string Insert = "insert into cron_service.notices (account_id, cause, cause_key, facts) values (@id, 'runway', '24/1', '{}')";
        await bench.Panel.Database.ExecuteAsync(Insert, ("id", account));

        await Assert.ThrowsAsync<PostgresException>(() => bench.Panel.Database.ExecuteAsync(Insert, ("id", account)));
        await Assert.ThrowsAsync<PostgresException>(() =>
            bench.Panel.Database.ExecuteAsync("update cron_service.notices set cause_key = '24/2'"));
        await Assert.ThrowsAsync<PostgresException>(() => bench.Panel.Database.ExecuteAsync("delete from cron_service.notices"));
    }

    private static async Task SuspendAsync(NoticeBench bench, long account, params (int Server, string State)[] servers)
    {
        foreach (var (server, state) in servers)
        {
            await bench.Panel.Database.ExecuteAsync("""
                insert into cron_service.suspensions (account_id, server_id, state, reason, ordered_by, suspended_at)
                values (@id, @server, @state, 'test', 'policy', case when @state = 'suspended' then now() end)
                """, ("id", account), ("server", server), ("state", state));
        }
    }
}
