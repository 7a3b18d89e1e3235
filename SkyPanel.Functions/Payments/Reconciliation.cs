using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Compares a month of PayPal's payments with ours, in both directions.</summary>
public sealed class Reconciliation(PayPalClient payPal, TopUpQueries queries, TimeProvider time)
{
    // The time of a capture differs at PayPal, and it is listed up to three hours late.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(6);

    // PayPal lists at most 31 days in one answer.
    private static readonly TimeSpan Range = TimeSpan.FromDays(16);

    /// <param name="month">Such as 2026-03; null for the current one.</param>
    /// <returns>The comparison, or the problem.</returns>
    public async Task<(ReconciliationAnswer? Answer, string? Problem)> OfMonthAsync(string? month, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var asked = CalendarMonth.Parse(month, now);
        DateTimeOffset from = asked.Begin;
        if (from > now)
            throw new BadInputException("month", $"must be {CalendarMonth.Of(now).Text}, the current month, or an earlier one");
        var until = asked.End < now ? asked.End : now;
        var listed = new List<PayPalTransaction>();
        for (var start = from; start < until; start += Range)
        {
            var end = start + Range < until ? start + Range : until;
            if (await ReadAsync(start, end, listed, ct) is { } problem)
                return (null, problem);
        }
        var paid = listed.Where(one => one.IsCheckout && one.Status is "S" or "V").DistinctBy(one => one.Id).ToDictionary(one => one.Id);
        var ours = await queries.CapturedAsync(from, until, [.. paid.Keys], ct);
        var known = ours.ToDictionary(topUp => topUp.CaptureId!);
        return (new(asked.Text, paid.Count, ours.Count,
            [.. paid.Values.Where(one => !known.ContainsKey(one.Id))
                .Select(one => new UnknownPayment(one.Id, one.Amount.Value, one.Amount.Currency, one.CustomId))],
            [.. ours.Where(topUp => !paid.ContainsKey(topUp.CaptureId!) && IsListed(topUp, from, until)).Select(TopUpAnswer.Of)],
            [.. ours.Where(topUp => paid.TryGetValue(topUp.CaptureId!, out var one) && one.Amount != topUp.Captured)
                .Select(TopUpAnswer.Of)]), null);
    }

    private static bool IsListed(TopUp topUp, DateTimeOffset from, DateTimeOffset until) =>
        topUp.CapturedAt >= (from + Margin).UtcDateTime && topUp.CapturedAt < (until - Margin).UtcDateTime;

    private async Task<string?> ReadAsync(DateTimeOffset from, DateTimeOffset until, List<PayPalTransaction> into, CancellationToken ct)
    {
        for (int page = 1, pages = 1; page <= pages; page++)
        {
            switch (await payPal.ListTransactionsAsync(from, until, page, ct))
            {
                case PayPalOutcome<PayPalTransactions>.Done(var found):
                    into.AddRange(found.Items);
                    pages = found.TotalPages;
                    break;
                case PayPalOutcome<PayPalTransactions>.Refused(_, _, var message):
                    return message;
                case PayPalOutcome<PayPalTransactions>.InDoubt(var reason, _):
                    return reason;
            }
        }
        return null;
    }
}

/// <summary>A month's payments at PayPal and here.</summary>
/// <param name="UnknownHere">Payments at PayPal without a top-up: of another shop with the same PayPal account, or lost here.</param>
/// <param name="UnknownAtPayPal">Paid top-ups that PayPal doesn't list. The first and last hours are left out, as PayPal lists
/// late.</param>
/// <param name="Different">Payments with different amounts.</param>
public sealed record ReconciliationAnswer(
    string Month, int AtPayPal, int Here, IReadOnlyList<UnknownPayment> UnknownHere, IReadOnlyList<TopUpAnswer> UnknownAtPayPal,
        IReadOnlyList<TopUpAnswer> Different);

/// <summary>A payment that only PayPal knows.</summary>
/// <param name="CustomId">The shop's own reference.</param>
public sealed record UnknownPayment(string TransactionId, decimal Amount, string Currency, string? CustomId);
