namespace SkyPanel.Functions.Http;

/// <summary>The caller of a request. The audit's name is <c>bootstrap-key</c>, <c>key:</c> and the key's id, or <c>jwt:</c> and the token's
/// subject.</summary>
/// <param name="Address">The caller's address; see <see cref="Source"/>.</param>
/// <param name="RequestId">The ids of the request's trace and span, as in the answer's header <c>x-request-id</c>.</param>
public sealed record Caller(string Name, Role Role, string Address, string RequestId)
{
    /// <summary>The request's audit lines, as texts for the log.</summary>
    public List<string> Decisions { get; } = [];
}
