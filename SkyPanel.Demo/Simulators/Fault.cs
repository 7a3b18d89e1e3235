namespace SkyPanel.Demo.Simulators;

/// <summary>One way in which a request goes wrong, before it acts or, with <see cref="AfterActing"/>, after.</summary>
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

    /// <summary>The connection is cut: the caller can't tell whether the request acted.</summary>
    public static Fault Reset() => new() { IsReset = true };

    /// <summary>The request goes on as usual, later.</summary>
    public static Fault Slow(TimeSpan latency) => new() { Latency = latency };

    /// <summary>The request goes on as usual once the gate is opened.</summary>
    public static Fault Hold(RequestGate gate) => new() { RequestGate = gate };

    /// <summary>This answer instead of the usual one.</summary>
    /// <param name="status">Such as 503.</param>
    /// <param name="body">Taken for JSON by its first character. Default: empty.</param>
    public static Fault Answer(int status, string body = "") => new() { Status = status, Body = body };

    /// <summary>This answer, but the connection is cut after half of its body.</summary>
    public static Fault CutShort(int status, string body) => new() { Status = status, Body = body, IsCutShort = true };

    /// <summary>429, with <c>Retry-After</c> when given: seconds or an HTTP date.</summary>
    public static Fault TooManyRequests(string? retryAfter = null) =>
        retryAfter is null ? Answer(429) : Answer(429).With("Retry-After", retryAfter);

    /// <summary>The same, with a header in the answer.</summary>
    public Fault With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };

    /// <summary>The same, once the gate is opened.</summary>
    public Fault Behind(RequestGate gate) => this with { RequestGate = gate };

    /// <summary>The same, but the request acts before: a wallet has moved, and the answer is lost, late or spoilt.</summary>
    public Fault AfterActing() => this with { ActsFirst = true };
}
