using System.Globalization;
using System.Net;
using System.Text.Json;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Actions of customers without money, who pay by PayPal and get refunds, and of operators who suspend and resume them by
/// hand.</summary>
internal sealed partial class ChaosDriver
{
    /// <summary>The customers who run out of money at times. The cost of their servers has only an upper bound.</summary>
    public const int Poor = 3;

    private const string Orders = "v2/checkout/orders";
    private static readonly string[] Amounts = ["10.00", "25.50", "50.00"];

#pragma warning disable CA5394 // The random numbers must follow from the seed.
    // Just below zero, so that one payment can be enough.
    private bool Drain()
    {
        var (user, below) = (1 + _random.Next(Poor), _random.Next(100, 3000));
        return _panel.VirtFusion.Wallet(user) >= 0 && TopUp(user, -(int)_panel.VirtFusion.Wallet(user) - below);
    }

    private bool Pay()
    {
        var (at, user, amount, returns) = (_random.Next(_panel.Apps.Count), 1 + _random.Next(Poor + 2),
            Amounts[_random.Next(Amounts.Length)], _random.Next(3) > 0);
        return Ask(at, async process =>
        {
            var (status, opened) = await process.PostAsync("/api/top-ups", new { userId = user, amount });
            Decisions.AddOrUpdate($"top-up opened: {(int)status}", 1, (_, n) => n + 1);
            if (status != HttpStatusCode.Created || opened["orderId"]?.GetValue<string>() is not { } order)
                return;
            _panel.PayPal.Books.Approve(order);
            // Otherwise the sweep finds the payment.
            if (returns)
                await process.PostAsync($"/api/top-ups/{opened["id"]}/return");
        });
    }

    private bool GiveBack()
    {
        var pick = _random.Next(int.MaxValue);
        var paid = _panel.PayPal.Books.OrderIds.Where(order => _panel.PayPal.Books.Captures(order) > 0
            && _panel.PayPal.Books.NetAmount(order) >= 5).ToList();
        return paid.Count > 0 && Do(() => _panel.PayPal.Books.Refund(paid[pick % paid.Count], 4.99m));
    }

    private bool ActByHand()
    {
        var (at, user, act) = (_random.Next(_panel.Apps.Count), 1 + _random.Next(Poor + 2), _random.Next(2) == 0 ? "suspend"
            : "resume");
        return Ask(at, async process =>
        {
            var (status, _) = await process.PostAsync($"/api/admin/customers/{user}/{act}", new { reason = "chaos" });
            Decisions.AddOrUpdate($"{act} by hand: {(int)status}", 1, (_, n) => n + 1);
        });
    }

    private bool SpoilPayPal(Fault fault)
    {
        var name = _action;
        _panel.PayPal.Faults.Add("POST", Orders, fault, _random.Next(1, 3), struck: () => Count(name));
        return false;
    }

    /// <summary>Enables suspension without a grace, and top-ups.</summary>
    public static async Task SwitchOnAsync(AppProcess process)
    {
        Assert.Equal(HttpStatusCode.OK,
            (await process.PutAsync("/api/admin/customers/policy",
            new { suspension = new { enabled = true, graceHours = 0, maxPerRun = 100 } })).Status);
        Assert.Equal(HttpStatusCode.OK,
            (await process.PutAsync("/api/admin/cron/jobs/payments/settings", new { enabled = true, schedule = "* * * * *" })).Status);
    }

    private bool Ask(int at, Func<AppProcess, Task> ask) => _panel.Apps[at].Process is { } process && Start(async () =>
    {
        try
        {
            await ask(process);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            Decisions.AddOrUpdate("no answer", 1, (_, n) => n + 1);
        }
    });
#pragma warning restore CA5394
}
