using System.Numerics;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>A fraction of whole numbers: nothing is ever rounded off before <see cref="Round6"/>. Shares no line with the app.</summary>
internal readonly record struct Exact
{
    public static readonly Exact Zero = new(0, 1), One = new(1, 1);

    public Exact(BigInteger over, BigInteger under)
    {
        var common = BigInteger.GreatestCommonDivisor(over, under);
        (Over, Under) = (over / common, under / common);
    }

    private BigInteger Over { get; }
    private BigInteger Under { get; }

    public static Exact Of(decimal amount)
    {
        var bits = decimal.GetBits(amount);
        var digits = unchecked(new BigInteger((uint)bits[0]) + (new BigInteger((uint)bits[1]) << 32)
            + (new BigInteger((uint)bits[2]) << 64));
        return new(amount < 0 ? -digits : digits, BigInteger.Pow(10, (bits[3] >> 16) & 0xff));
    }

    public static Exact operator +(Exact a, Exact b) => new(a.Over * b.Under + b.Over * a.Under, a.Under * b.Under);
    public static Exact operator -(Exact a, Exact b) => new(a.Over * b.Under - b.Over * a.Under, a.Under * b.Under);
    public static Exact operator *(Exact a, Exact b) => new(a.Over * b.Over, a.Under * b.Under);

    public static Exact Least(Exact a, Exact b) => a.Over * b.Under <= b.Over * a.Under ? a : b;

    /// <summary>Six decimals, half away from zero.</summary>
    public decimal Round6()
    {
        var millionths = BigInteger.DivRem(BigInteger.Abs(Over) * 2_000_000 + Under, Under * 2, out _);
        return (decimal)(Over.Sign < 0 ? -millionths : millionths) / 1_000_000m;
    }
}

/// <summary>What a server owes, by the formula alone.</summary>
internal static class ExactBill
{
    /// <param name="Price">For <paramref name="BasisHours"/> hours, or per hour when that is null.</param>
    public sealed record Segment(DateTimeOffset From, decimal Price, int? BasisHours, int UserId = 1);

    /// <param name="Price">What it counts at: the segment's price, or another one since a correction.</param>
    public sealed record Hour(DateTimeOffset Start, Segment Segment, int Seconds, decimal Price);

    /// <summary>Of one server, for each calendar month and segment.</summary>
    /// <param name="hours">Each hour's billable seconds.</param>
    /// <param name="segments">Oldest first.</param>
    public static Dictionary<(DateTimeOffset Month, Segment Segment), decimal> Of(
        IEnumerable<(DateTimeOffset Hour, int Seconds)> hours, IReadOnlyList<Segment> segments, bool isCapped = true) =>
        Of(hours.Select(h => (Segment: segments.Last(s => s.From <= h.Hour), h))
            .Select(h => new Hour(h.h.Hour, h.Segment, h.h.Seconds, h.Segment.Price)), isCapped);

    /// <summary>Of one server, for each calendar month and segment, as its hours were corrected.</summary>
    public static Dictionary<(DateTimeOffset Month, Segment Segment), decimal> Of(IEnumerable<Hour> hours, bool isCapped = true)
    {
        var bill = new Dictionary<(DateTimeOffset, Segment), decimal>();
        foreach (var month in hours.OrderBy(h => h.Start)
            .GroupBy(h => new DateTimeOffset(h.Start.Year, h.Start.Month, 1, 0, 0, 0, TimeSpan.Zero)))
        {
            var (used, shares) = (Exact.Zero, new Dictionary<(Segment, decimal), Exact>());
            foreach (var (_, segment, seconds, price) in month)
            {
                var share = new Exact(seconds, 3600 * (segment.BasisHours ?? 1));
                if (segment.BasisHours is not null)
                {
                    var after = isCapped ? Exact.Least(Exact.One, used + share) : used + share;
                    (share, used) = (after - used, after);
                }
                shares[(segment, price)] = shares.GetValueOrDefault((segment, price), Exact.Zero) + share;
            }
            foreach (var ((segment, price), share) in shares)
                bill[(month.Key, segment)] = bill.GetValueOrDefault((month.Key, segment)) + (Exact.Of(price) * share).Round6();
        }
        return bill;
    }
}
