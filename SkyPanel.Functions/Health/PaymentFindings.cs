using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Health;

/// <summary>Whether customers can pay: PayPal's credentials, its webhook, and the address that payers come back to.</summary>
public sealed class PaymentFindings(PayPalSettings settings, PayPalTokens tokens, IOptions<PublicOptions> options, TimeProvider time)
{
    private const string Name = "paypal";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct) => [await ReadAsync(ct)];

    private async Task<Finding> ReadAsync(CancellationToken ct)
    {
        var (credentials, problem) = await settings.ReadAsync(ct);
        if (credentials is null)
            return problem is null ? Finding.Off(Name, "PayPal's credentials are not configured: customers can't top up.",
                "Set PayPal:ClientId and PayPal:ClientSecret when they are to.")
                : Finding.Failing(Name, $"{problem}.",
                    "Set PayPal:ClientId and PayPal:ClientSecret, both in the configuration or both over HTTP.");
        if (options.Value.Address is null)
            return Finding.Failing(Name, "Public:BaseUrl is not configured: payers could not come back, and top-ups are refused.",
                "Set Public:BaseUrl to the address at which customers reach this app.");
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await tokens.GetAsync(either.Token) is (null, var refusal)
                ? Finding.Failing(Name, $"PayPal at {settings.Address.Host} gives no token: {refusal}",
                    "Check the credentials, that they are of this PayPal (live or sandbox), and that it can be reached from here.")
                : settings.WebhookId is null
                    ? Finding.Warning(Name, "PayPal:WebhookId is not configured: webhooks are refused, and payments are found by the " +
                    "sweep alone.", "Make a webhook for /api/paypal/webhook at PayPal, and set PayPal:WebhookId.")
                : Finding.Ok(Name, $"PayPal at {settings.Address.Host} answers and takes the credentials.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Finding.Failing(Name, $"PayPal at {settings.Address.Host} hasn't answered within {Patience.TotalSeconds:0} seconds.",
                "Check that it can be reached from here.");
        }
    }
}
