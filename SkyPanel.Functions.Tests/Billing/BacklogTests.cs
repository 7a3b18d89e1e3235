using CsCheck;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>A backlog is charged in transactions of whole accounts, and a large account's in several: nobody can tell from the
/// bill.</summary>
public sealed class BacklogTests
{
    private static readonly DateTimeOffset Begin = At("2026-03-20 00:00");
    private static readonly DateTimeOffset End = At("2026-04-03 00:00");

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Whatever_the_size_of_its_transactions_a_run_charges_the_same_hours_at_the_same_amounts(int hoursPerTransaction)
    {
        await using var whole = await StartAsync();
        await using var divided = await StartAsync(("Billing:HoursPerTransaction", $"{hoursPerTransaction}"));

        var expected = await whole.BillAsync(End);
        var result = await divided.BillAsync(End);

        Assert.Equal((expected.Servers, expected.Hours, expected.Amount), (result.Servers, result.Hours, result.Amount));
        Assert.Equal(await ChargesAsync(whole), await ChargesAsync(divided));
        Assert.True(await divided.CountAsync("cron_service.transfers where kind = 'charge'") > await whole.CountAsync(
            "cron_service.transfers where kind = 'charge'")
                    == hoursPerTransaction < 1000);
        await HoldSpansTests.AssertIntegrityAsync(divided);
        await divided.AssertBooksBalanceAsync();
    }

    // The hours of a server are charged with its present owner, whose account is later.
    [Fact]
    public async Task A_former_owner_whose_portion_is_over_when_the_hours_are_charged_gets_a_debit_in_the_same_run()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:HoursPerTransaction", "40"));
        await panel.AddServerAsync(1, userId: 1, 73m, Begin);
        await panel.AddServerAsync(2, userId: 1, 0.01m, Begin);
        await panel.ObserveAsync(Begin);
        await panel.AddUserAsync(2);
        await panel.ChangeOwnerAsync(1, userId: 2);
        await panel.ObserveAsync(Begin.AddHours(9.5));

        await panel.BillAsync(Begin.AddHours(60));

        Assert.Equal((100_000 - 100, 100_000 - 500), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    // The present owner's account is earlier, and the run ends before the former one's portion.
    [Fact]
    public async Task A_former_owner_whose_portion_is_later_has_a_debit_although_the_run_ends_before_it()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:HoursPerTransaction", "40"));
        await panel.AddServerAsync(2, userId: 1, 0.01m, Begin);
        await panel.ObserveAsync(Begin);
        await panel.AddServerAsync(1, userId: 2, 73m, Begin);
        await panel.AddServerAsync(3, userId: 2, 0.01m, Begin);
        await panel.ObserveAsync(Begin);
        await panel.ChangeOwnerAsync(1, userId: 1);
        await panel.ObserveAsync(Begin.AddHours(9.5));
        await panel.Database.ExecuteAsync("""
            create function refuse() returns trigger language plpgsql as $$ begin
                if new.server_id = 3 then raise exception 'killed' using errcode = '57P01'; end if; return new; end $$;
            create trigger refuse before insert on cron_service.charges for each row execute function refuse()
            """);

        await Assert.ThrowsAsync<PostgresException>(() => panel.BillAsync(Begin.AddHours(60)));

        Assert.Equal(6.00m, await panel.ChargedAsync(1));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_run_that_is_killed_between_its_transactions_keeps_what_they_charged_and_the_next_one_goes_on()
    {
        await using var panel = await StartAsync(("Billing:HoursPerTransaction", "100"));
        await panel.Database.ExecuteAsync("""
            create function refuse() returns trigger language plpgsql as $$ begin
                if exists (select from cron_service.charges where server_id = 1
                    and hour_start >= '2026-03-30Z') then raise exception 'killed' using errcode = '57P01'; end if;
                return null; end $$;
            create trigger refuse after insert on cron_service.charges for each statement execute function refuse()
            """);
        await Assert.ThrowsAsync<PostgresException>(() => panel.BillAsync(End));
        var kept = await panel.CountAsync("cron_service.charges");
        Assert.True(kept > 0, "nothing was kept");
        await HoldSpansTests.AssertIntegrityAsync(panel);
        await panel.Database.ExecuteAsync("drop trigger refuse on cron_service.charges");

        var rest = await panel.BillAsync(End);

        await using var whole = await StartAsync();
        var expected = await whole.BillAsync(End);
        Assert.Equal(expected.Hours, kept + rest.Hours);
        Assert.Equal(await ChargesAsync(whole), await ChargesAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_dry_run_in_several_transactions_shows_what_the_run_charges_and_keeps_nothing()
    {
        await using var panel = await StartAsync(("Billing:HoursPerTransaction", "100"));

        var dry = await panel.BillAsync(End, isDryRun: true);

        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        var real = await panel.BillAsync(End);
        Assert.Equal((real.Servers, real.Hours, real.Amount), (dry.Servers, dry.Hours, dry.Amount));
    }

    [Fact]
    public async Task A_run_that_another_process_continues_after_the_next_full_hour_charges_that_hour_too()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await StartAsync();
        var (run, leases) = (panel.Services.Get<BillingRun>(), panel.Services.Get<Leases>());
        var runId = (await panel.Services.Get<RunLog>().OpenAsync("hourly-billing", RunTrigger.Manual, "test", null, 0, ct))!.Value;
        foreach (var at in new[] { End, End.AddHours(1) })
        {
            var fence = (await leases.AcquireAsync("hourly-billing", "test", ct))!;
            Assert.True((await run.ExecuteAsync(runId, fence, TestPanel.HoursPerMonth, isDryRun: false, ct, at)).Hours > 0);
            await leases.ReleaseAsync(fence);
        }

        await HoldSpansTests.AssertIntegrityAsync(panel);
        await panel.AssertBooksBalanceAsync();
    }

    // Five years of a server are a row a month until they are charged.
    [Fact]
    public async Task Years_of_a_server_are_held_and_approved_whole()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"), ("Billing:HoursPerTransaction", "10000"));
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2021-03-20 00:00"));

        await panel.BillAsync(Begin);

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((int)(Begin.AddDays(-1) - At("2021-03-20 00:00")).TotalHours, hold.Hours);
        await panel.DecideAsync(hold.Id, HoldAction.Approve);
        Assert.Equal(hold.Hours, (await panel.BillAsync(Begin)).Hours);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    // Before anything is charged, the sum is known: of breaks, several prices, bases, hourly rates, at the cap and over the end of a month.
    [Fact]
    public async Task The_bound_of_a_run_is_judged_by_exactly_what_it_would_charge()
    {
        await using var panel = await StartAsync();
        var amount = (await panel.BillAsync(End, isDryRun: true)).Amount;
        var (within, beyond) = (FormattableString.Invariant($"{amount}"), FormattableString.Invariant($"{amount - 0.000001m}"));

        var held = await TestPanel.BillAsync(panel.StartApp(("Billing:MaxAmountPerRun", beyond)), End, isDryRun: true);
        Assert.True(held.IsRunHeld);
        Assert.StartsWith($"the run would be held: {within} is more than", held.Held[^1].Message, StringComparison.Ordinal);
        Assert.False((await TestPanel.BillAsync(panel.StartApp(("Billing:MaxAmountPerRun", within), ("Billing:HoursPerTransaction", "100")),
            End)).IsRunHeld);
        Assert.Equal(amount, await panel.Database.ScalarAsync<decimal>("select sum(amount) from cron_service.charges"));
    }

    // Two customers; a plain server, one that was suspended, one of another price and basis from the middle on, one with an hourly rate.
    private static async Task<TestPanel> StartAsync(params (string, string)[] settings)
    {
        var panel = await TestPanel.StartAsync(settings);
        await panel.AddServerAsync(1, userId: 1, 9.99m, Begin, basisHours: 200);
        await panel.AddServerAsync(2, userId: 1, 3.33m, Begin.AddMinutes(11), basisHours: 200);
        await panel.AddServerAsync(3, userId: 2, 5.00m, Begin, basisHours: 200);
        await panel.AddServerAsync(4, userId: 2, monthlyPrice: null, Begin.AddHours(5), hourlyRate: 0.013699m);
        await panel.ObserveAsync(Begin.AddHours(10));
        panel.VirtFusion.Suspend(2);
        await panel.SetAsync(3, "monthly_price = 7.77, hours_in_month = 150");
        await panel.ObserveAsync(Begin.AddHours(100.3));
        panel.VirtFusion.Unsuspend(2);
        await panel.ObserveAsync(Begin.AddHours(120.7));
        return panel;
    }

    private static Task<List<(int, DateTime, int, decimal, decimal)>> ChargesAsync(TestPanel panel) =>
        panel.Database.Source.QueryAsync(
        "select server_id, hour_start, seconds_billed, round(seconds_counted, 12), amount from cron_service.charges order by 1, 2",
        row => (row.GetInt32(0), row.GetDateTime(1), row.GetInt32(2), row.GetDecimal(3), row.GetDecimal(4)),
            TestContext.Current.CancellationToken);
}
