using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Health;

/// <summary>Whether customers can pay: PayPal's credentials, its webhook, and the address that payers come back to.</summary>
public sealed class PaymentFindings(PayPalSettings settings, PayPalTokens tokens, IOptions<PublicOptions> options)
{
    public async Task<Finding> FindAsync(CancellationToken ct)
    {
        var (credentials, problem) = await settings.ReadAsync(ct);
        if (credentials is null)
            return problem is null ? Finding.Off("PayPal's credentials are not configured: customers can't top up.",
                "Set PayPal:ClientId and PayPal:ClientSecret when they are to.")
                : Finding.Failing($"{problem}.",
                    "Set PayPal:ClientId and PayPal:ClientSecret, both in the configuration or both over HTTP.");
        if (options.Value.Address is null)
            return Finding.Failing("Public:BaseUrl is not configured: payers could not come back, and top-ups are refused.",
                "Set Public:BaseUrl to the address at which customers reach this app.");
        return await tokens.GetAsync(ct) is (null, var refusal)
            ? Finding.Failing($"PayPal at {settings.Address.Host} gives no token: {refusal}",
                "Check the credentials, that they are of this PayPal (live or sandbox), and that it can be reached from here.")
            : settings.WebhookId is null
                ? Finding.Warning("PayPal:WebhookId is not configured: webhooks are refused, and payments are found by the sweep alone.",
                    "Make a webhook for /api/paypal/webhook at PayPal, and set PayPal:WebhookId.")
            : Finding.Ok($"PayPal at {settings.Address.Host} answers and takes the credentials.");
    }
}
