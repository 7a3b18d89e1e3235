using System.Globalization;
using CsCheck;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using static SkyPanel.Functions.Tests.Billing.Bill;
using static SkyPanel.Functions.Tests.Billing.ExactBill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The law: what a server costs depends on the states that were observed and on its prices, not on how runs and failed
/// readings split, repeat or reorder them; and it is the formula's amount to the millionth.</summary>
public sealed class AnyRunsTests
{
    // Over the end of a month, so that it has a part in each. The basis is small, so that the cap is reached.
    private static readonly DateTimeOffset Begin = At("2026-03-29 00:00");
    private const int Hours = 120;

    private static readonly Gen<Event> Events = Gen.Frequency(
        (10, Gen.Select(Gen.Int[60, 5 * 3600], Gen.Frequency((8, Gen.Const(State.Runs)), (1, Gen.Const(State.Suspended)),
            (1, Gen.Const(State.Off)), (1, Gen.Const(State.OffUnread))))
            .Select((after, state) => new Event { AfterSeconds = after, State = state })),
        (2, Gen.Select(Gen.Int[1, 99_9999], Gen.Int[20, 90], Gen.Bool).Select((price, basis, isOther) =>
            new Event { NewTerms = (price / 10_000m, basis, isOther) })),
        (5, Gen.Int[0, Hours].Select(hour => new Event { RunAsOfHour = hour })));

    [Fact]
    public async Task Any_split_repetition_and_order_of_runs_and_failed_readings_gives_the_exact_total()
    {
        await using var panel = await TestPanel.StartAsync();
        panel.VirtFusion.ShowNothing();
        var serverId = 0;
        await Gen.Select(Events.Array[5, 60], Gen.Int[0, 4 * 3600], Gen.Decimal[0.0001m, 100m])
            .SampleAsync(async (events, billedFrom, price) =>
        {
            serverId++;
            await PlayAsync(panel, serverId, [.. events], Begin.AddSeconds(billedFrom),
                decimal.Round(price, 4, MidpointRounding.ToZero) + 0.0001m);
        }, iter: Proof.Times(15), threads: 1);
        await panel.AssertBooksBalanceAsync();
    }

    private static async Task PlayAsync(TestPanel panel, int server, List<Event> events, DateTimeOffset billedFrom, decimal price)
    {
        var (user, other) = (server * 2 - 1, server * 2);
        await panel.AddUserAsync(other);
        await panel.AddServerAsync(server, user, price, billedFrom, basisHours: 40);
        List<Segment> segments = [new(DateTimeOffset.MinValue, price, 40, user)];
        List<(DateTimeOffset At, bool IsBillable)> seen = [];
        var now = Begin;
        foreach (var (index, next) in events.Append(new() { AfterSeconds = 3600, State = State.Runs }).Index())
        {
            if (next.RunAsOfHour is { } hour)
            {
                // A run in the future knows no more than the readings do.
                if (seen.Count > 0)
                    await panel.BillAsync(Begin.AddHours(hour));
                continue;
            }
            if (next.NewTerms is var (newPrice, basis, isOther))
            {
                // What changes before billing begins is no change of what is billed.
                if (seen.Count == 0 || now < billedFrom)
                    continue;
                await panel.SetAsync(server,
                    string.Create(CultureInfo.InvariantCulture, $"monthly_price = {newPrice}, hours_in_month = {basis}, user_id = " +
                    $"{(isOther ? other : user)}"));
                await ReadAsync(panel, server, now, State.Unknown);
                var from = new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.Hour + 1), TimeSpan.Zero);
                segments.RemoveAll(segment => segment.From == from);
                if (segments[^1] != new Segment(segments[^1].From, newPrice, basis, isOther ? other : user))
                    segments.Add(new(from, newPrice, basis, isOther ? other : user));
                continue;
            }
            now = now.AddSeconds(next.AfterSeconds);
            if (now > Begin.AddHours(Hours))
                break;
            await ReadAsync(panel, server, now, next.State);
            if (next.State == State.OffUnread && seen.Count == 0)
                billedFrom = now > billedFrom ? now : billedFrom;
            else
                seen.Add((now, next.State == State.Runs));
        }
        await panel.BillAsync(Begin.AddHours(Hours));
        await panel.BillAsync(Begin.AddHours(Hours));

        var bill = ExactBill.Of(HoursOf(seen, billedFrom), segments);
        var expected = bill.GroupBy(entry => (entry.Key.Month.Month, entry.Key.Segment.UserId))
            .Select(g => (g.Key.Month, g.Key.UserId, g.Sum(entry => entry.Value)));
        Assert.Equal(expected.Order(), (await TotalsAsync(panel, server)).Order());
        foreach (var payer in new[] { user, other })
        {
            // With no debit open: from nothing to less than one token is still owed.
            var exact = bill.Where(entry => entry.Key.Segment.UserId == payer).Sum(entry => entry.Value) * 100;
            Assert.Equal(decimal.Floor(exact), 100_000 - panel.VirtFusion.Wallet(payer));
        }
    }

    // The rules of metering, said once more: two readings that agree decide, and before the first one it is the take-over.
    private static List<(DateTimeOffset Hour, int Seconds)> HoursOf(List<(DateTimeOffset At, bool IsBillable)> seen,
        DateTimeOffset billedFrom)
    {
        List<(DateTimeOffset From, DateTimeOffset Until)> ran = [];
        if (seen is [{ IsBillable: true } first, ..])
            ran.Add((billedFrom, first.At));
        ran.AddRange(seen.Zip(seen.Skip(1)).Where(pair => pair.First.IsBillable && pair.Second.IsBillable)
            .Select(pair => (pair.First.At > billedFrom ? pair.First.At : billedFrom, pair.Second.At)));
        var decidedHours = seen.Count == 0 ? 0 : (int)Math.Floor((seen[^1].At - Begin).TotalHours);
        return [.. Enumerable.Range(0, decidedHours)
            .Select(hour => (Begin.AddHours(hour), ran.Sum(span => Overlap(span, Begin.AddHours(hour)))))
            .Where(hour => hour.Item2 > 0)];
    }

    private static int Overlap((DateTimeOffset From, DateTimeOffset Until) span, DateTimeOffset hour)
    {
        var from = span.From > hour ? span.From : hour;
        var until = span.Until < hour.AddHours(1) ? span.Until : hour.AddHours(1);
        return until > from ? (int)(until - from).TotalSeconds : 0;
    }

    private static async Task ReadAsync(TestPanel panel, int server, DateTimeOffset at, State state)
    {
        if (state != State.Unknown)
            await panel.SetAsync(server, $"billing_enabled = {(state is State.Off or State.OffUnread ? "false" : "true")}");
        var isRead = state is not (State.Unknown or State.OffUnread);
        await panel.RecordAsync(new Reading(at,
            isRead ? [new(server, at, at, true, state == State.Suspended, true, null, null)] : [], isRead, [], at));
    }

    private static Task<List<(int Month, int User, decimal Amount)>> TotalsAsync(TestPanel panel, int server) =>
        panel.Database.Source.QueryAsync("""
            select extract(month from hour_start)::integer, user_id, sum(amount)
            from cron_service.charges c join cron_service.accounts a on a.id = c.account_id where server_id = @id group by 1, 2
            """, row => (row.GetInt32(0), row.GetInt32(1), row.GetDecimal(2)), TestContext.Current.CancellationToken, ("id", server));

    private enum State { Runs, Suspended, Off, OffUnread, Unknown }

    /// <summary>A reading after some time, or new terms, or a run as of an hour, past or to come, whose own reading fails.</summary>
    private sealed record Event
    {
        public int AfterSeconds { get; init; }
        public State State { get; init; }
        public (decimal Price, int Basis, bool IsOther)? NewTerms { get; init; }
        public int? RunAsOfHour { get; init; }
    }
}
