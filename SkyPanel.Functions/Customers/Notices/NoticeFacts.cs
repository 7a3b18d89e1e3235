namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The facts of a notice at the time of writing; null where the cause has none.</summary>
/// <param name="Hours">Full hours of runway.</param>
/// <param name="Threshold">The threshold reached, in hours.</param>
/// <param name="Balance">The wallet's balance minus what is owed or to be taken back, in currency units.</param>
/// <param name="Burn">The cost of the servers in the next hour, in currency units.</param>
/// <param name="DueAt">The instant when servers will be suspended.</param>
/// <param name="Servers">The servers' ids in VirtFusion.</param>
/// <param name="Amount">The amount paid, taken back or held, in currency units.</param>
/// <param name="Tokens">The same in tokens.</param>
/// <param name="CreditLimit">Currency units that the balance may be below zero; null when there is none.</param>
public sealed record NoticeFacts(
    int? Hours = null, int? Threshold = null, decimal? Balance = null, decimal? Burn = null, DateTime? DueAt = null,
    IReadOnlyList<int>? Servers = null, decimal? Amount = null, long? Tokens = null, decimal? CreditLimit = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Parses the facts as written by the database.</summary>
    internal static NoticeFacts Parse(string json)
    {
        var facts = JsonSerializer.Deserialize<NoticeFacts>(json, Json)!;
        // The parser returns instants with an offset in local time.
        return facts with { DueAt = facts.DueAt?.ToUniversalTime() };
    }

    /// <summary>Returns sample facts for a preview.</summary>
    public static NoticeFacts Sample(NoticeCause cause, DateTime now) => cause switch
    {
        NoticeCause.Runway => new(Hours: 24, Threshold: 24, Balance: 12.5m, Burn: 0.52m),
        NoticeCause.SuspensionDue => new(Balance: -0.75m, DueAt: now.AddHours(24)),
        NoticeCause.Suspended or NoticeCause.Resumed => new(Servers: [1001, 1002]),
        _ => new(Amount: 25, Tokens: 2500),
    };
}
