using System.Globalization;
using CsCheck;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>The law: a past month that is simulated with nothing changed costs what was charged, to the millionth, whatever
/// happened.</summary>
public sealed class AnyHistoryTests
{
    // Over the end of a month: the first one is over, and the servers go on in the second. The basis is small, so that the cap is reached.
    private static readonly DateTimeOffset Begin = At("2026-03-29 00:00"), Month = At("2026-03-01 00:00");
    private const int Hours = 120;

    private static readonly Gen<Event> Events = Gen.Frequency(
        (8, Gen.Select(Gen.Int[60, 9 * 3600], Gen.Frequency((6, Gen.Const(true)), (1, Gen.Const(false))))
            .Select((after, isRunning) => new Event(after, isRunning, null, null))),
        (2, Gen.Select(Gen.Int[1, 99_9999], Gen.Int[20, 90], Gen.Bool).Select((price, basis, isOther) =>
            new Event(0, null, (price / 10_000m, basis, isOther), null))),
        (1, Gen.Int[0, Hours].Select(hour => new Event(0, null, null, hour))));

    [Fact]
    public async Task A_past_month_with_nothing_changed_costs_each_payer_of_each_server_what_was_charged()
    {
        await using var panel = await TestPanel.StartAsync();
        panel.VirtFusion.ShowNothing();
        var serverId = 0;
        await Gen.Select(Events.Array[5, 30], Gen.Int[0, 4 * 3600], Gen.Int[1, 99_9999]).SampleAsync(async (events, billedFrom, price) =>
        {
            await PlayAsync(panel, ++serverId, events, Begin.AddSeconds(billedFrom), price / 10_000m);
            await AssertSameAsync(panel);
        }, iter: Proof.Times(12), threads: 1);
        Assert.NotEmpty(await panel.ChargedInAsync(Month));
    }

    [Fact]
    public async Task The_shadow_of_any_history_costs_each_payer_of_each_server_what_was_charged()
    {
        await using var panel = await TestPanel.StartAsync();
        panel.VirtFusion.ShowNothing();
        var serverId = 0;
        await Gen.Select(Events.Array[5, 30], Gen.Int[0, 4 * 3600], Gen.Int[1, 99_9999]).SampleAsync(async (events, billedFrom, price) =>
        {
            await PlayAsync(panel, ++serverId, events, Begin.AddSeconds(billedFrom), price / 10_000m);
            var shadow = await panel.ShadowAsync(Begin, Begin.AddHours(Hours));
            var charged = (await panel.ChargedInAsync(Month)).Concat(await panel.ChargedInAsync(Month.AddMonths(1)));
            Assert.Equal(Summed(charged), Summed(shadow.Days.Select(day => (day.ServerId, day.UserId, day.Exact))));
        }, iter: Proof.Times(8), threads: 1);
        Assert.NotEmpty(await panel.ChargedInAsync(Month));
    }

    private static IEnumerable<(int, int, decimal)> Summed(IEnumerable<(int Server, int User, decimal Amount)> rows) => Sorted(rows
        .GroupBy(row => (row.Server, row.User)).Select(group => (group.Key.Server, group.Key.User, group.Sum(row => row.Amount)))
            .Where(row => row.Item3 > 0));

    private static async Task AssertSameAsync(TestPanel panel)
    {
        var simulation = (await panel.SimulateAsync("2026-03"))!;
        var charged = await panel.ChargedInAsync(Month);
        Assert.Equal(charged, Sorted(simulation.MostAffected.Select(row => (row.ServerId, row.UserId, row.InForce))));
        Assert.Equal(charged, Sorted(simulation.MostAffected.Select(row => (row.ServerId, row.UserId, row.Simulated))));
        Assert.Equal(charged.Sum(row => row.Amount), simulation.InForce);
        Assert.Equal(0, simulation.Difference);
    }

    private static async Task PlayAsync(TestPanel panel, int server, Event[] events, DateTimeOffset billedFrom, decimal price)
    {
        var (user, other) = (server * 2 - 1, server * 2);
        await panel.AddUserAsync(other);
        await panel.AddServerAsync(server, user, price, billedFrom, basisHours: 40);
        var now = Begin;
        await ReadAsync(panel, server, now, isRunning: true);
        foreach (var next in events)
        {
            if (next.NewTerms is var (newPrice, basis, isOther))
                await panel.SetAsync(server,
                    string.Create(CultureInfo.InvariantCulture, $"monthly_price = {newPrice}, hours_in_month = {basis}, user_id = " +
                    $"{(isOther ? other : user)}"));
            else if (next.RunAsOfHour is { } hour)
                await panel.BillAsync(Begin.AddHours(hour));
            else if (now.AddSeconds(next.AfterSeconds) is var later && later < Begin.AddHours(Hours))
                await ReadAsync(panel, server, now = later, next.IsRunning == true);
        }
        await ReadAsync(panel, server, Begin.AddHours(Hours), isRunning: true);
        await panel.BillAsync(Begin.AddHours(Hours));
    }

    // What costs nothing is listed too.
    private static IEnumerable<(int, int, decimal)> Sorted(IEnumerable<(int Server, int User, decimal Amount)> rows) =>
        rows.OrderBy(row => row.Server).ThenBy(row => row.User);

    private static Task<List<string>> ReadAsync(TestPanel panel, int server, DateTimeOffset at, bool isRunning) =>
        panel.RecordAsync(new Reading(at, [new(server, at, at, true, !isRunning, true, null, null)], true, [], at));

    /// <summary>A reading after some time, or new terms, or a run as of an hour, past or to come, whose own reading fails.</summary>
    private sealed record Event(int AfterSeconds, bool? IsRunning, (decimal Price, int Basis, bool IsOther)? NewTerms, int? RunAsOfHour);
}
