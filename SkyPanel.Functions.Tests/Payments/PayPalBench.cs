using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Payments;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>A panel whose customers can pay: its database, a VirtFusion, a PayPal, and the app between.</summary>
internal sealed class PayPalBench : IAsyncDisposable
{
    public const string PublicUrl = "https://billing.example";
    public const string Orders = "v2/checkout/orders";

    private PayPalBench(PayPalSimulator payPal, TestPanel panel) => (PayPal, Panel) = (payPal, panel);

    public PayPalSimulator PayPal { get; }
    public TestPanel Panel { get; }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<PayPalBench> StartAsync(params (string Name, string Value)[] settings)
    {
        var payPal = await PayPalSimulator.StartAsync(ct: Cancel);
        return new(payPal, await TestPanel.StartAsync([.. Settings(payPal), .. settings]));
    }

    public static (string Name, string Value)[] Settings(PayPalSimulator payPal) =>
    [
        ("PayPal:BaseUrl", payPal.Address), ("PayPal:ClientId", PayPalSimulator.ClientId), ("PayPal:ClientSecret", PayPalSimulator.ClientSecret),
        ("PayPal:WebhookId", PayPalSimulator.WebhookId), ("Public:BaseUrl", PublicUrl),
    ];

    public T Get<T>() where T : notnull => Panel.Services.GetRequiredService<T>();

    /// <summary>An order for 10.00 that nobody has approved.</summary>
    public async Task<PayPalOrder> OrderAsync(string reference = "reference-1") =>
        Assert.IsType<PayPalOutcome<PayPalOrder>.Done>(await Get<PayPalClient>().CreateOrderAsync(NewOrder(reference), Cancel)).Value;

    public static NewOrder NewOrder(string reference) => new(reference, new("USD", 10), "1000 tokens", $"{PublicUrl}/return", $"{PublicUrl}/cancel");

    public async ValueTask DisposeAsync()
    {
        await Panel.DisposeAsync();
        await PayPal.DisposeAsync();
    }
}
