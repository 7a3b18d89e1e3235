using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>A panel whose customers can pay: its database, a VirtFusion, a PayPal, and the app between.</summary>
internal sealed class PayPalBench : IAsyncDisposable
{
    public const string PublicUrl = "https://billing.example";
    public const string Orders = "v2/checkout/orders";
    public const string Credit = "selfService/credit/byUserExtRelationId/";
    public const decimal Start = 1000;
    public static readonly Caller Tester = new("test", Role.Admin, "::1", "1");

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
        ("PayPal:BaseUrl", payPal.Address), ("PayPal:ClientId", PayPalSimulator.ClientId),
        ("PayPal:ClientSecret", PayPalSimulator.ClientSecret),
        ("PayPal:WebhookId", PayPalSimulator.WebhookId), ("Public:BaseUrl", PublicUrl),
    ];

    public T Get<T>() where T : notnull => Panel.Services.GetRequiredService<T>();

    /// <summary>An order for 10.00 that nobody has approved.</summary>
    public async Task<PayPalOrder> OrderAsync(string reference = "reference-1") =>
        Assert.IsType<PayPalOutcome<PayPalOrder>.Done>(await Get<PayPalClient>().CreateOrderAsync(NewOrder(reference), Cancel)).Value;

    /// <summary>A top-up of 10.00 that waits for its payer's approval, of a customer with <see cref="Start"/> tokens.</summary>
    public async Task<TopUp> OpenAsync(int userId, decimal amount = 10)
    {
        await Panel.AddUserAsync(userId, Start);
        await EnableAsync();
        var id = await Get<TopUps>().OpenAsync(Tester, userId, amount, Cancel);
        await AdvanceAsync(id);
        return await FindAsync(id);
    }

    /// <summary>The same, approved and followed to its end.</summary>
    public async Task<TopUp> PayAsync(int userId, decimal amount = 10)
    {
        var topUp = await OpenAsync(userId, amount);
        PayPal.Books.Approve(topUp.OrderId!);
        await AdvanceAsync(topUp.Id);
        return await FindAsync(topUp.Id);
    }

    /// <summary>The same, approved and paid; its tokens aren't granted yet.</summary>
    public async Task<TopUp> CaptureAsync(int userId)
    {
        var topUp = await OpenAsync(userId);
        PayPal.Books.Approve(topUp.OrderId!);
        await Get<TopUpOrders>().CheckAsync((await Get<TopUpClaims>().TakeAsync(topUp.Id, Cancel))!, Cancel);
        return topUp;
    }

    public async Task EnableAsync()
    {
        await Get<PaymentsJob>().ReadSettingsAsync(Cancel);
        await Panel.Database.ExecuteAsync("update cron_service.jobs set enabled = true where job = 'payments'");
    }

    public Task AdvanceAsync(long id) => Get<TopUpSteps>().AdvanceAsync(id, Cancel);

    /// <summary>The payer comes back from PayPal.</summary>
    public async Task ReturnAsync(TopUp topUp)
    {
        await Get<TopUpQueries>().ReturnAsync(topUp.OrderId!, Cancel);
        await AdvanceAsync(topUp.Id);
    }

    public async Task<TopUp> FindAsync(long id) => (await Get<TopUpQueries>().FindAsync(id, Cancel))!;

    public decimal Wallet(int userId) => Panel.VirtFusion.Wallet(userId);

    /// <summary>A dispute is heard of, as by webhook.</summary>
    public Task HearAsync(long id, string disputeId) => Panel.Database.ExecuteAsync(
        "update cron_service.top_ups set dispute_id = @dispute where id = @id", ("id", id), ("dispute", disputeId));

    /// <summary>An operator orders a refund, which the next step sends.</summary>
    /// <returns>False while another refund is open.</returns>
    public Task<bool> OrderRefundAsync(TopUp topUp, decimal amount, string by = "ann") =>
        Panel.Database.InOneAsync(transaction => TopUpRefunds.OpenAsync(transaction.Connection!, topUp.Id, amount, by, "asked for it"));

    /// <summary>Makes all top-ups older by a time such as <c>25 hours</c>.</summary>
    public Task AgeAsync(string time) => Panel.Database.ExecuteAsync($"""
        set local session_replication_role = replica;
        update cron_service.top_ups set created_at = created_at - interval '{time}'
        """);

    /// <summary>PayPal no longer has any order or payment.</summary>
    public void ForgetPayments()
    {
        foreach (var path in new[] { Orders, "v2/payments/captures" })
            PayPal.Faults.Add("GET", path, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
    }

    /// <summary>Everything is due, no claim of a lost process holds, and lost answers have waited.</summary>
    public async Task PassHourAsync()
    {
        await MakeDueAsync();
        await PassHourOfDebitsAsync();
    }

    /// <summary>Decides about lost answers and delivers, an hour later.</summary>
    public async Task DeliverAsync()
    {
        await PassHourOfDebitsAsync();
        await Get<InDoubt>().ResolveAsync(Cancel);
        await Get<Delivery>().DeliverAsync(null, Cancel);
    }

    /// <summary>Sweeps, judges and delivers until nothing changes any more.</summary>
    public async Task SettleAsync()
    {
        for (var round = 0; round < 4; round++)
        {
            await MakeDueAsync();
            await DeliverAsync();
            await Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: false, Cancel);
        }
    }

    /// <summary>Makes an unchanged balance count: this panel was seen to lower one.</summary>
    public Task ProveAsync() => Panel.Database.ExecuteAsync("""
        insert into cron_service.wallet_proofs (debit_id, balance_before_tokens, balance_after_tokens) values (0, 1, 0)
            on conflict do nothing
        """);

    public async Task AssertLawsAsync() => Assert.All((await Get<Integrity>().CheckAsync(Cancel)).Checks,
        check => Assert.True(check.Ok, $"{check.Law} {string.Join("; ", check.Examples)}"));

    public static NewOrder NewOrder(string reference) => new(reference, new("USD", 10), "1000 tokens", $"{PublicUrl}/return",
        $"{PublicUrl}/cancel");

    private Task<int> MakeDueAsync() =>
        Panel.Database.ExecuteAsync("update cron_service.top_ups set next_look_at = now(), claimed_until = null");

    private Task<int> PassHourOfDebitsAsync() => Panel.Database.ExecuteAsync("""
        update cron_service.debits set deadline = deadline - interval '1 hour' where state in ('sending', 'in_doubt');
        update cron_service.debits set next_attempt_at = now() where state = 'pending'
        """);

    public async ValueTask DisposeAsync()
    {
        await Panel.DisposeAsync();
        await PayPal.DisposeAsync();
    }
}
