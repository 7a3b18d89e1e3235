using System.Globalization;
using CsCheck;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Customers;
using static SkyPanel.Functions.Tests.Billing.Bill;
using static SkyPanel.Functions.Tests.Billing.ExactBill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The law of the month: at any instant the charges and adjustments of a server and month add up to the exact cost of its
/// corrected seconds at its corrected prices, in whatever order hours are charged, held, approved, credited, rated anew and
/// restored.</summary>
public sealed class MonthLawTests
{
    // Over the end of a month, so that it has a part in each. The basis is small, so that the cap is reached.
    private static readonly DateTimeOffset Begin = At("2026-03-28 20:00");
    private const int Hours = 110;

    private static readonly Gen<decimal> Prices = Gen.Int[1, 99_9999].Select(price => price / 10_000m);

    private static readonly Gen<Event> Events = Gen.Frequency(
        (8, Gen.Select(Gen.Int[600, 15 * 3600], Gen.Frequency((6, Gen.Const(true)), (1, Gen.Const(false))))
            .Select((after, isRunning) => new Event { AfterSeconds = after, IsRunning = isRunning })),
        (2, Gen.Select(Prices, Gen.Int[20, 60], Gen.Bool)
            .Select((price, basis, isOther) => new Event { NewTerms = (price, basis, isOther) })),
        (2, Gen.Const(new Event { HoldsOlderHours = true })),
        (2, Gen.Const(new Event { Approves = true })),
        (6, Gen.Select(Gen.Int[0, Hours], Gen.Int[1, 70], Gen.Int[0, 4], Gen.Int[0, 3600], Prices)
            .Select((from, hours, kind, seconds, price) => new Event
        {
            Correction = new(1, Begin.AddHours(from), Begin.AddHours(from + hours), kind switch { 0 => 0, 1 or 2 => seconds, _ => null },
                kind is 2 or 3 ? price : null, "test", "test", Restores: kind == 4),
        })));

    [Fact]
    public async Task Charging_holding_crediting_rating_anew_and_restoring_in_any_order_costs_what_the_corrected_hours_cost()
    {
        await using var panel = await TestPanel.StartAsync();
        var holding = panel.StartApp(("Billing:MaxCatchUp", "01:00:00"));
        panel.VirtFusion.ShowNothing();
        var serverId = 0;
        await Gen.Select(Events.Array[5, 30], Prices).SampleAsync(async (events, price) =>
            await PlayAsync(panel, holding, ++serverId, events, price), iter: Proof.Times(15), threads: 1);
        await AssertLawsAsync(panel);
    }

    [Theory]
    [InlineData(24, 48, 24)]
    [InlineData(672, 48, 24)]
    [InlineData(744, 72, 72)]
    [InlineData(744, 73, 73)]
    public async Task Hours_that_are_credited_and_restored_cost_the_same_whenever_that_was(int creditedAfter, int hours, int creditedHours)
    {
        await using var panel = await BilledAsync(73m, basisHours: 672, creditedAfter);
        await CorrectAsync(panel, new(1, Begin2, Begin2.AddHours(creditedHours), 0, null, "outage", "ann"));
        await panel.BillAsync(Begin2.AddHours(Math.Min(744, creditedAfter + hours)));
        await panel.BillAsync(Begin2.AddHours(744));
        await CorrectAsync(panel, new(1, Begin2, Begin2.AddHours(creditedHours), null, null, "no outage", "ann", Restores: true));

        Assert.Equal(73.00m, await NetAsync(panel));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task Hours_that_are_charged_in_their_order_after_others_were_rated_anew_need_no_adjustment()
    {
        (decimal Price, decimal Corrected)[] table = [(5m, 3m), (50m, 40m), (10m, 5m), (9.99m, 19.99m)];
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= table.Length; server++)
            await panel.AddServerAsync(server, 1, table[server - 1].Price, Begin2);
        await panel.BillAsync(Begin2.AddHours(100));
        for (var server = 1; server <= table.Length; server++)
            await CorrectAsync(panel, new(server, Begin2, Begin2.AddHours(10), null, table[server - 1].Corrected, "promised", "ann"));

        for (var hour = 101; hour <= 130; hour++)
            await panel.BillAsync(Begin2.AddHours(hour));

        Assert.Equal(table.Length, await panel.CountAsync("cron_service.adjustments"));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task An_hour_that_was_held_is_charged_after_dearer_ones_that_used_up_the_cap()
    {
        await using var panel = await TestPanel.StartAsync();
        var holding = panel.StartApp(("Billing:MaxCatchUp", "01:00:00"));
        await panel.AddServerAsync(1, 1, 1m, Begin2, basisHours: 20);
        await panel.BillAsync(Begin2);
        await panel.ObserveAsync(Begin2.AddHours(10));
        await panel.SetAsync(1, "monthly_price = 5");
        await TestPanel.BillAsync(holding, Begin2.AddHours(12));
        await panel.BillAsync(Begin2.AddHours(60));

        await panel.DecideAsync(Assert.Single(await panel.HoldsAsync()).Id, isApproved: true);
        await panel.BillAsync(Begin2.AddHours(61));

        // Twenty hours are the whole month: the first ten or eleven at 1.00, the others at 5.00.
        var bill = ExactBill.Of(await HoursAsync(panel, 1, []));
        Assert.Equal(bill.Values.Sum(), await NetAsync(panel));
        await AssertLawsAsync(panel);
    }

    // The later hours belong to another account, which is charged first.
    [Fact]
    public async Task An_hour_that_was_held_is_charged_in_the_run_that_charges_later_ones_to_another_payer()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:HoursPerTransaction", "40"));
        var holding = panel.StartApp(("Billing:MaxCatchUp", "01:00:00"));
        await panel.AddServerAsync(2, 1, 1m, Begin2);
        await panel.BillAsync(Begin2.AddHours(1));
        await panel.AddServerAsync(1, 2, 1m, Begin2, basisHours: 20);
        await panel.ObserveAsync(Begin2.AddHours(10));
        panel.VirtFusion.Suspend(1);
        await TestPanel.BillAsync(holding, Begin2.AddHours(12));
        panel.VirtFusion.Unsuspend(1);
        await panel.SetAsync(1, "monthly_price = 5");
        await panel.ChangeOwnerAsync(1, userId: 1);
        await panel.ObserveAsync(Begin2.AddHours(13));
        foreach (var hold in await panel.HoldsAsync())
            await panel.DecideAsync(hold.Id, isApproved: true);

        await panel.BillAsync(Begin2.AddHours(40));

        var expected = ExactBill.Of(await HoursAsync(panel, 1, [])).Values.Sum();
        Assert.Equal(expected, await NetAsync(panel) - await panel.ChargedAsync(2));
        await AssertLawsAsync(panel);
    }

    private static readonly DateTimeOffset Begin2 = At("2026-03-01 00:00");

    private static async Task PlayAsync(TestPanel panel, IServiceProvider holding, int server, Event[] events, decimal price)
    {
        var (user, other) = (server * 2 - 1, server * 2);
        await panel.AddUserAsync(other);
        await panel.AddServerAsync(server, user, price, Begin, basisHours: 40);
        var corrected = new Dictionary<DateTimeOffset, (int Seconds, decimal Price)>();
        var now = Begin;
        await ReadAsync(panel, server, now, isRunning: true);
        foreach (var next in events.Append(new() { AfterSeconds = 3600, IsRunning = true }))
        {
            if (next.NewTerms is var (newPrice, basis, isOther))
                await panel.SetAsync(server,
                    string.Create(CultureInfo.InvariantCulture, $"monthly_price = {newPrice}, hours_in_month = {basis}, user_id = " +
                    $"{(isOther ? other : user)}"));
            else if (next.HoldsOlderHours)
                await TestPanel.BillAsync(holding, now);
            else if (next.Approves)
            {
                foreach (var hold in await panel.HoldsAsync())
                    await panel.DecideAsync(hold.Id, isApproved: true);
                await panel.BillAsync(now);
            }
            else if (next.Correction is { } correction)
            {
                var before = await HoursAsync(panel, server, corrected);
                await CorrectAsync(panel, correction with { ServerId = server });
                foreach (var hour in before.Where(hour => hour.Start >= correction.FromHour && hour.Start < correction.UntilHour))
                    corrected[hour.Start] = correction.Restores ? default : (correction.Seconds ?? hour.Seconds, correction.Price
                        ?? hour.Price);
                foreach (var restored in corrected.Where(hour => hour.Value == default && correction.Restores).ToList())
                    corrected.Remove(restored.Key);
            }
            else if (now.AddSeconds(next.AfterSeconds) is var later && later <= Begin.AddHours(Hours))
            {
                now = later;
                await ReadAsync(panel, server, now, next.IsRunning);
                // Every other reading is billed later, with those after it.
                if (next.AfterSeconds % 2 == 0)
                    await panel.BillAsync(now);
            }
            await AssertExactAsync(panel, server, corrected);
        }
        await ExplainTests.AssertFormulasAsync(panel, server);
        await panel.AssertStatementsAddUpAsync(user);
        await panel.AssertStatementsAddUpAsync(other);
    }

    private static async Task AssertExactAsync(TestPanel panel, int server,
        Dictionary<DateTimeOffset, (int Seconds, decimal Price)> corrected)
    {
        var expected = ExactBill.Of(await HoursAsync(panel, server, corrected))
            .GroupBy(entry => (entry.Key.Month.Month, entry.Key.Segment.UserId))
                .Select(g => (g.Key.Month, g.Key.UserId, Net: g.Sum(entry => entry.Value)));
        var actual = await panel.Database.Source.QueryAsync("""
            select extract(month from month)::integer, user_id, sum(amount)
            from (select account_id, date_trunc('month', hour_start, 'UTC') as month, amount from cron_service.charges where server_id = @id
                  union all
                  select account_id, month, case kind when 'supplement' then amount else -amount end from cron_service.adjustments
                      where server_id = @id) l
            join cron_service.accounts a on a.id = l.account_id group by 1, 2
            """, row => (row.GetInt32(0), row.GetInt32(1), row.GetDecimal(2)), TestContext.Current.CancellationToken, ("id", server));
        Assert.Equal(expected.Order(), actual.Order());
    }

    // Which hours were charged on which terms is metering's: what they cost, and what was corrected of them, is reckoned here.
    private static async Task<List<Hour>> HoursAsync(TestPanel panel, int server,
        Dictionary<DateTimeOffset, (int Seconds, decimal Price)> corrected) =>
        (await panel.Database.Source.QueryAsync("""
            select c.hour_start, c.seconds_billed, t.price, t.price_seconds / 3600, a.user_id, t.recorded_at
            from cron_service.charges c join cron_service.terms t on t.id = c.terms_id join cron_service.accounts a on a.id = c.account_id
                where c.server_id = @id
            """, row => new Hour(row.GetFieldValue<DateTimeOffset>(0), new(row.GetFieldValue<DateTimeOffset>(5), row.GetDecimal(2),
                row.GetInt32(3), row.GetInt32(4)),
                row.GetInt32(1), row.GetDecimal(2)), TestContext.Current.CancellationToken, ("id", server)))
        .ConvertAll(hour => corrected.TryGetValue(hour.Start, out var to) ? hour with { Seconds = to.Seconds, Price = to.Price } : hour);

    private static async Task<TestPanel> BilledAsync(decimal price, int basisHours, int hours)
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, price, Begin2, basisHours);
        await panel.BillAsync(Begin2);
        await panel.BillAsync(Begin2.AddHours(hours));
        return panel;
    }

    private static Task<List<string>> ReadAsync(TestPanel panel, int server, DateTimeOffset at, bool isRunning) =>
        panel.RecordAsync(new Reading(at, [new(server, at, at, true, !isRunning, true, null, null)], true, [], at));

    private static Task<List<Adjustment>> CorrectAsync(TestPanel panel, Correction correction) => panel.Database.InOneAsync(transaction =>
        panel.Services.Get<Corrections>().CorrectAsync(transaction.Connection!, correction, TestContext.Current.CancellationToken));

    private static Task<decimal> NetAsync(TestPanel panel) => panel.Database.ScalarAsync<decimal>("""
        select (select sum(amount) from cron_service.charges)
             + (select coalesce(sum(case kind when 'supplement' then amount else -amount end), 0) from cron_service.adjustments)
        """);

    private static async Task AssertLawsAsync(TestPanel panel)
    {
        var report = await panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken);
        Assert.Empty(report.Checks.SelectMany(check => check.Examples));
    }

    /// <summary>A reading after some time, or new terms, or a run that holds what is older than an hour, or their approval, or a
    /// correction.</summary>
    private sealed record Event
    {
        public int AfterSeconds { get; init; }
        public bool IsRunning { get; init; }
        public (decimal Price, int Basis, bool IsOther)? NewTerms { get; init; }
        public bool HoldsOlderHours { get; init; }
        public bool Approves { get; init; }
        public Correction? Correction { get; init; }
    }
}
