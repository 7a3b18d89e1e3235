using System.Text.Json;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The facts of a notice, as they were when it was written; each is null where its cause has none.</summary>
/// <param name="Hours">Full hours that the balance lasts for.</param>
/// <param name="Threshold">The threshold that was reached, in hours.</param>
/// <param name="Balance">What is available, in currency units.</param>
/// <param name="Burn">What the servers cost in the coming hour, in currency units.</param>
/// <param name="DueAt">When servers will be suspended.</param>
/// <param name="Servers">VirtFusion's ids.</param>
/// <param name="Amount">What was paid, taken back or held, in currency units.</param>
/// <param name="Tokens">The same in tokens.</param>
public sealed record NoticeFacts(
    int? Hours = null, int? Threshold = null, decimal? Balance = null, decimal? Burn = null, DateTime? DueAt = null,
    IReadOnlyList<int>? Servers = null, decimal? Amount = null, long? Tokens = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads what the database wrote.</summary>
    internal static NoticeFacts Parse(string json)
    {
        var facts = JsonSerializer.Deserialize<NoticeFacts>(json, Json)!;
        // An instant with an offset is read as this machine's time.
        return facts with { DueAt = facts.DueAt?.ToUniversalTime() };
    }

    /// <summary>Facts for a preview.</summary>
    public static NoticeFacts Sample(NoticeCause cause, DateTime now) => cause switch
    {
        NoticeCause.Runway => new(Hours: 24, Threshold: 24, Balance: 12.5m, Burn: 0.52m),
        NoticeCause.SuspensionDue => new(Balance: -0.75m, DueAt: now.AddHours(24)),
        NoticeCause.Suspended or NoticeCause.Resumed => new(Servers: [1001, 1002]),
        _ => new(Amount: 25, Tokens: 2500),
    };
}
