namespace SkyPanel.Demo.Simulators;

/// <summary>Which requests go wrong, and how. The first rule that applies decides; thread-safe.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<Rule> _rules = [];
    private readonly Random _random;

    // The same faults at each run of a test: nothing here guards anything.
#pragma warning disable CA5394
    internal FaultPlan(int seed) => _random = new Random(seed);

    /// <param name="method">Such as <c>GET</c>; <c>*</c> is any.</param>
    /// <param name="pathPrefix">Below <c>/api/v1/</c>, such as <c>selfService/credit/</c>; may end in a query, such as
    /// <c>servers?type=simple&amp;results=200&amp;page=2</c>.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="times">How often it strikes before it is used up. Default: until <see cref="Clear"/>.</param>
    /// <param name="perThousand">How likely it strikes at each request, out of a thousand. Default: always.</param>
    /// <param name="struck">Called each time it strikes, to count; must be quick.</param>
    public void Add(string method, string pathPrefix, Fault fault, int? times = null, int perThousand = 1000, Action? struck = null)
    {
        lock (_gate)
            _rules.Add(new(method, pathPrefix.TrimStart('/'), fault, perThousand, struck) { Left = times ?? int.MaxValue });
    }

    /// <summary>Everything works again, except what is under way.</summary>
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
