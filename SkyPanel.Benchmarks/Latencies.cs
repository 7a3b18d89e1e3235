namespace SkyPanel.Benchmarks;

/// <summary>How long requests took, in milliseconds.</summary>
internal sealed class Latencies
{
    private readonly List<double> _milliseconds = [];

    public static Latencies Of(IEnumerable<Latencies> parts)
    {
        var all = new Latencies();
        all._milliseconds.AddRange(parts.SelectMany(part => part._milliseconds));
        return all;
    }

    public int Count => _milliseconds.Count;

    public void Add(TimeSpan took)
    {
        lock (_milliseconds)
            _milliseconds.Add(took.TotalMilliseconds);
    }

    /// <param name="share">0 to 1: 0.99 is the latency that one in a hundred exceeds, 1 the longest.</param>
    /// <returns>Of those that were measured, the smallest that no smaller share lies at or below.</returns>
    public double Percentile(double share)
    {
        lock (_milliseconds)
        {
            _milliseconds.Sort();
            return _milliseconds[Math.Max(0, (int)Math.Ceiling(share * _milliseconds.Count) - 1)];
        }
    }
}
