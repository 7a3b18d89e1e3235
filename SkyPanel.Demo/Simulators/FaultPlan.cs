namespace SkyPanel.Demo.Simulators;

/// <summary>The planned faults. The first matching rule applies. Thread-safe.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<Rule> _rules = [];
    private readonly Random _random;

    // Reproducible and not used for security.
#pragma warning disable CA5394
    internal FaultPlan(int seed) => _random = new Random(seed);

    /// <param name="method">The method, such as <c>GET</c>; <c>*</c> for any.</param>
    /// <param name="pathPrefix">The path below <c>/api/v1/</c>, such as <c>selfService/credit/</c>; may include a query, such as
    /// <c>servers?type=simple&amp;results=200&amp;page=2</c>.</param>
    /// <param name="fault">The fault.</param>
    /// <param name="times">How often it strikes. Default: until <see cref="Clear"/>.</param>
    /// <param name="perThousand">Its probability at each request, per thousand. Default: 1000.</param>
    /// <param name="struck">Called each time it strikes; must be quick.</param>
    public void Add(string method, string pathPrefix, Fault fault, int? times = null, int perThousand = 1000, Action? struck = null)
    {
        lock (_gate)
            _rules.Add(new(method, pathPrefix.TrimStart('/'), fault, perThousand, struck) { Left = times ?? int.MaxValue });
    }

    /// <summary>Ends all faults, except those in progress.</summary>
    public void Clear()
    {
        lock (_gate)
            _rules.Clear();
    }

    internal Fault? Next(string method, string pathAndQuery)
    {
        lock (_gate)
        {
            var rule = _rules.Find(rule =>
                rule.Left > 0
                && (rule.Method == "*" || rule.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
                && pathAndQuery.StartsWith(rule.PathPrefix, StringComparison.OrdinalIgnoreCase)
                && (rule.PerThousand >= 1000 || _random.Next(1000) < rule.PerThousand));
            if (rule is null)
                return null;

            rule.Left--;
            rule.Struck?.Invoke();
            return rule.Fault;
        }
    }
#pragma warning restore CA5394

    private sealed record Rule(string Method, string PathPrefix, Fault Fault, int PerThousand, Action? Struck)
    {
        public int Left { get; set; }
    }
}
