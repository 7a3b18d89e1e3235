using System.Text.Json;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>What a customer is told of.</summary>
public enum NoticeCause
{
    /// <summary>The balance lasts for no more hours than a threshold.</summary>
    Runway,

    /// <summary>Servers will be suspended at an instant, unless the customer pays.</summary>
    SuspensionDue,
    Suspended,
    Resumed,

    /// <summary>A payment became tokens.</summary>
    TopUpReceived,

    /// <summary>PayPal refused a payment.</summary>
    TopUpFailed,

    /// <summary>Tokens were taken back, because PayPal gave a payment back or a dispute was lost.</summary>
    TakenBack,

    /// <summary>A debit waits for a person.</summary>
    DebitHeld,
}

/// <summary>Causes as they are written outside of C#: <c>suspension_due</c>.</summary>
public static class NoticeCauses
{
    private static readonly Dictionary<NoticeCause, string> Texts =
        Enum.GetValues<NoticeCause>().ToDictionary(cause => cause, cause => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{cause}"));

    private static readonly Dictionary<string, NoticeCause> Causes = Texts.ToDictionary(text => text.Value, text => text.Key);

    public static IReadOnlyCollection<string> Names => Causes.Keys;

    public static string Text(this NoticeCause cause) => Texts[cause];

    public static NoticeCause Parse(string text) => Causes[text];

    /// <returns>Null for an unknown one.</returns>
    public static NoticeCause? Find(string text) => Causes.TryGetValue(text, out var cause) ? cause : null;
}
