namespace SkyPanel.Demo.Simulators;

/// <summary>A failure of a request, before it acts or, with <see cref="AfterActing"/>, after.</summary>
public sealed record Fault
{
    private Fault() { }

    internal bool ActsFirst { get; private init; }
    internal TimeSpan Latency { get; private init; }
    internal RequestGate? RequestGate { get; private init; }
    internal bool IsReset { get; private init; }
    internal int? Status { get; private init; }
    internal bool IsCutShort { get; private init; }
    internal string? Body { get; private init; }
    internal IReadOnlyDictionary<string, string> Headers { get; private init; } = new Dictionary<string, string>();

    /// <summary>Cuts the connection: the caller can't tell whether the request acted.</summary>
    public static Fault Reset() => new() { IsReset = true };

    /// <summary>Delays the request.</summary>
    public static Fault Slow(TimeSpan latency) => new() { Latency = latency };

    /// <summary>Delays the request until the gate is opened.</summary>
    public static Fault Hold(RequestGate gate) => new() { RequestGate = gate };

    /// <summary>Replaces the answer.</summary>
    /// <param name="status">The status, such as 503.</param>
    /// <param name="body">The body, sent as JSON if its first character suggests it. Default: empty.</param>
    public static Fault Answer(int status, string body = "") => new() { Status = status, Body = body };

    /// <summary>Replaces the answer and cuts the connection after half of its body.</summary>
    public static Fault CutShort(int status, string body) => new() { Status = status, Body = body, IsCutShort = true };

    /// <summary>Answers 429, with <c>Retry-After</c> if given: seconds or an HTTP date.</summary>
    public static Fault TooManyRequests(string? retryAfter = null) =>
        retryAfter is null ? Answer(429) : Answer(429).With("Retry-After", retryAfter);

    /// <summary>Adds a header to the answer.</summary>
    public Fault With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };

    /// <summary>Delays the fault until the gate is opened.</summary>
    public Fault Behind(RequestGate gate) => this with { RequestGate = gate };

    /// <summary>Lets the request act before the fault: the wallet changes, but the answer is lost, late or wrong.</summary>
    public Fault AfterActing() => this with { ActsFirst = true };
}
