using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Outbox;

/// <summary>The address of a webhook. It is a secret, and never printed.</summary>
public sealed partial class DiscordWebhook
{
    public const string Allowed =
        "a webhook's address such as https://discord.com/api/webhooks/123/token: https, and the host discord.com or discordapp.com";

    private DiscordWebhook(Uri address) => Address = address;

    internal Uri Address { get; }

    /// <returns>The webhook; null for any other address. Loopback is allowed for tests.</returns>
    public static DiscordWebhook? Parse(string text) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) && address is { UserInfo: "", Query: "", Fragment: "" }
        && Path().IsMatch(address.AbsolutePath) && (IsDiscord(address) || IsForTests(address)) ? new(address) : null;

    public bool IsSame(DiscordWebhook? other) => Address == other?.Address;

    public override string ToString() => "***";

    private static bool IsDiscord(Uri address) => address.Scheme == Uri.UriSchemeHttps && address.IsDefaultPort
        && Host().IsMatch(address.Host);

    private static bool IsForTests(Uri address) =>
        address.IsLoopback && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    [GeneratedRegex(@"^/api(/v\d+)?/webhooks/\d+/[\w-]+$")]
    private static partial Regex Path();

    [GeneratedRegex(@"^((canary|ptb)\.)?discord(app)?\.com$")]
    private static partial Regex Host();
}
