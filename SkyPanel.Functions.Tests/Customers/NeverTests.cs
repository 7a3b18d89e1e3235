using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What must never happen with a suspension: one on readings that are unknown or old, or while money may be on its way.</summary>
public sealed class NeverTests
{
    private static readonly Fault Down = Fault.Answer(503).With("Retry-After", "0");

    public static TheoryData<string, Fault> UnknownBalances => new()
    {
        { "down", Down }, { "without tokens", Fault.Answer(200, """{"data":{"credit":{"value":"0.00"}}}""") },
            { "not a number", Fault.Answer(200, """{"data":{"credit":{"tokens":"NaN"}}}""") },
        { "false", Fault.Answer(200, """{"data":{"credit":{"tokens":false}}}""") },
            { "no such user", Fault.Answer(404, """{"msg":"user not found"}""") }, { "401", Fault.Answer(401) },
    };

    [Theory]
    [MemberData(nameof(UnknownBalances))]
    public async Task Nobody_is_suspended_on_a_balance_that_can_not_be_read(string how, Fault fault)
    {
        Assert.NotEmpty(how);
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("GET", CustomersBench.Balance, fault);
        await bench.Database.ExecuteAsync("update cron_service.wallet_readings set read_at = read_at - interval '2 minutes'");
        await bench.SuspendAsync();

        Assert.Equal((0, "the balance can't be read"), (bench.Posts("suspend"), await bench.MessageAsync(1001)));
    }

    [Fact]
    public async Task Nobody_is_suspended_on_an_old_balance_nor_on_an_old_or_incomplete_list_of_servers()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        foreach (var old in new[]
        {
            "update cron_service.wallet_readings set read_at = now() - interval '11 minutes'",
            "update cron_service.wallet_readings set read_at = now(); update cron_service.observations set is_complete = false",
            "update cron_service.observations set is_complete = true, observed_at = observed_at - interval '20 minutes'",
        })
        {
            await bench.Database.ExecuteAsync(old);
            await bench.SuspendAsync();
            Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));
        }
        await bench.Database.ExecuteAsync("update cron_service.observations set observed_at = observed_at + interval '20 minutes'");
        await bench.SuspendAsync();
        Assert.True(bench.IsSuspended(1001));
    }

    [Theory]
    [InlineData("insert into cron_service.pauses (job, paused_by, note) values ('*', 'ann', 'a test')")]
    [InlineData("insert into cron_service.customers (account_id, exempt_until, exempt_reason) select id, now() + interval '1 hour', 'a " +
        "test' from cron_service.accounts where user_id = 1")]
    [InlineData("insert into cron_service.debits (account_id, kind, tokens, amount, reference, state) select id, 'debit', 1, 0.01, 'a " +
        "test', 'held' from cron_service.accounts where user_id = 1")]
    [InlineData("insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, deadline, balance_before_tokens) " +
        "select id, 'debit', 1, 0.01, 'a test', 'in_doubt', now(), 1 from cron_service.accounts where user_id = 1")]
    [InlineData("insert into cron_service.debits (account_id, kind, tokens, amount, reference) select id, 'refund', 1, 0.01, 'a test' " +
        "from cron_service.accounts where user_id = 1")]
    [InlineData("insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, created_at) " +
        "select id, 10, 'USD', 100, 1000, 'a test', 'pending', now() - interval '71 hours' from cron_service.accounts where user_id = 1")]
    [InlineData("create table public.virtfusion_cron_settings (id serial primary key, enabled boolean); insert into " +
        "public.virtfusion_cron_settings (enabled) values (true)")]
    public async Task Nobody_is_suspended_while_money_may_be_on_its_way_or_something_stands_in_the_way(string obstacle)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Database.ExecuteAsync(obstacle);
        await bench.SuspendAsync();

        Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));
    }

    [Theory]
    [InlineData("insert into cron_service.pauses (job, paused_by, note) values ('*', 'ann', 'a test')", "delete from cron_service.pauses")]
    [InlineData("create table public.virtfusion_cron_settings (id serial primary key, enabled boolean); insert into " +
        "public.virtfusion_cron_settings (enabled) values (true)", "drop table public.virtfusion_cron_settings")]
    public async Task An_order_of_the_policy_waits_for_the_end_of_a_pause_of_all_jobs_or_of_another_engine_and_a_persons_does_not(
        string obstacle, string end)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(2, 10);
        await bench.DueAsync(1);
        await bench.Get<PolicyRun>().OrderAsync(CustomersBench.Cancel);
        await bench.Database.ExecuteAsync(
            "update cron_service.suspensions set ordered_by = 'Ann' where server_id = 1002");
        await bench.Database.ExecuteAsync(obstacle);
        await bench.SuspendAsync();
        Assert.Equal(("ordered", "suspended", 1),
            (await bench.StateAsync(1001), await bench.StateAsync(1002), bench.Posts("suspend")));
        var preview = (await bench.Get<SuspensionQueries>().PreviewAsync(most: 10, CustomersBench.Cancel)).Single(due => due.UserId == 1);
        Assert.Equal((false, await bench.MessageAsync(1001)), (preview.WouldBeSuspended, preview.Obstacle));

        await bench.Database.ExecuteAsync(end);
        await bench.SuspendAsync();
        Assert.Equal("suspended", await bench.StateAsync(1001));
    }

    [Fact]
    public async Task An_order_that_the_policy_no_longer_gives_is_abandoned_without_a_word_about_money()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Get<PolicyRun>().OrderAsync(CustomersBench.Cancel);
        await bench.SetPolicyOffAsync();
        await bench.SuspendAsync();

        Assert.Equal(("abandoned", "it may no longer be suspended"), (await bench.StateAsync(1001), await bench.MessageAsync(1001)));
    }

    [Fact]
    public async Task A_pending_payment_blocks_for_three_days_at_most()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Database.ExecuteAsync("""
            insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, created_at)
            select id, 10, 'USD', 100, 1000, 'a test', 'pending', now() - interval '73 hours' from cron_service.accounts where user_id = 1
            """);
        await bench.SuspendAsync();
        Assert.True(bench.IsSuspended(1001));
    }

    [Fact]
    public async Task A_grant_that_settles_resumes_without_another_reading()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        var account = await bench.AccountAsync(1);
        await bench.Database.ExecuteAsync("""
            insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, capture_id,
                captured_amount, captured_currency)
            values (@account, 10, 'USD', 100, 1000, 'a test', 'granted', 'C', 10, 'USD');
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, top_up_id) select @account, 'grant', 1000, 10,
                'a test', id from cron_service.top_ups
            """, ("account", account));
        bench.VirtFusion.Faults.Add("GET", CustomersBench.Balance, Down);
        await bench.Database.ExecuteAsync(
            "update cron_service.debits set state = 'sending', deadline = now() where kind = 'grant'; update cron_service.debits set " +
            "state = 'settled', settled_at = now() where kind = 'grant'");
        await bench.SuspendAsync();

        Assert.False(bench.IsSuspended(1001));
    }

    [Fact]
    public async Task A_user_who_is_deleted_in_the_panel_with_money_in_the_wallet_is_neither_suspended_nor_forgotten()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        await bench.SwitchOnAsync();
        await bench.Database.ExecuteAsync("delete from public.users where id = 1");
        var standing = await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.Equal((980m, Standing.Ok), (standing.BalanceTokens, standing.State));
        Assert.Equal((0, 0L), (bench.Posts("suspend"), await bench.Panel.CountAsync("cron_service.suspensions")));
        Assert.Empty(await bench.Get<SuspensionQueries>().PreviewAsync(most: 10, CustomersBench.Cancel));
    }
}
