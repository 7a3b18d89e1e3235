namespace SkyPanel.Functions.Http;

/// <summary>Who called, as the audit names them: <c>bootstrap-key</c>, <c>key:</c> and the key's id, or <c>jwt:</c> and the token's
/// subject.</summary>
/// <param name="Address">Where the call came from; see <see cref="Source"/>.</param>
/// <param name="RequestId">Also in the answer's header <c>x-request-id</c>: the ids of its trace and its span.</param>
public sealed record Caller(string Name, Role Role, string Address, string RequestId)
{
    /// <summary>What the request wrote into the audit, in a line each for the log.</summary>
    public List<string> Decisions { get; } = [];
}
