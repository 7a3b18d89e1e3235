namespace SkyPanel.Benchmarks;

/// <summary>Collects latencies in milliseconds, and computes percentiles.</summary>
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

    /// <summary>Computes a percentile by the nearest-rank method.</summary>
    /// <param name="share">0 to 1: 0.99 for p99, 1 for the longest.</param>
    public double Percentile(double share)
    {
        lock (_milliseconds)
        {
            _milliseconds.Sort();
            return _milliseconds[Math.Max(0, (int)Math.Ceiling(share * _milliseconds.Count) - 1)];
        }
    }
}
