namespace SkyPanel.Demo.Simulators;

/// <summary>A received request below <c>/api/v1/</c>.</summary>
/// <param name="PathAndQuery">The path below <c>/api/v1/</c>, without a leading slash.</param>
/// <param name="ConnectionId">The id of the connection.</param>
public sealed record ReceivedRequest(string Method, string PathAndQuery, string ConnectionId);

/// <summary>Logs the requests to a simulator, including those with faults. Thread-safe.</summary>
public sealed class RequestLog
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedRequest> _received = [];
    private int _underWay;
    private int _mostUnderWay;

    internal RequestLog() { }

    /// <summary>All requests, in the order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Received
    {
        get
        {
            lock (_gate)
                return _received.ToArray();
        }
    }

    /// <summary>The highest number of concurrent requests.</summary>
    public int MaxConcurrent
    {
        get
        {
            lock (_gate)
                return _mostUnderWay;
        }
    }

    /// <summary>Counts the requests on a route, given as for <see cref="FaultPlan.Add"/>.</summary>
    public int Count(string method, string pathPrefix)
    {
        lock (_gate)
            return _received.Count(request =>
                (method == "*" || request.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
                && request.PathAndQuery.StartsWith(pathPrefix.TrimStart('/'), StringComparison.OrdinalIgnoreCase));
    }

    internal void Enter(ReceivedRequest request)
    {
        lock (_gate)
        {
            _received.Add(request);
            _mostUnderWay = Math.Max(_mostUnderWay, ++_underWay);
        }
    }

    internal void Leave()
    {
        lock (_gate)
            _underWay--;
    }
}
