using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Customers whose servers run now, by the real clock: a server costs 0.10 an hour.</summary>
internal sealed class CustomersBench : IAsyncDisposable
{
    public const string Balance = "selfService/hourlyStats/byUserExtRelationId/";

    private CustomersBench(TestPanel panel) => Panel = panel;

    public TestPanel Panel { get; }
    public VirtFusionSimulator VirtFusion => Panel.VirtFusion;
    public TestDatabase Database => Panel.Database;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The beginning of this hour.</summary>
    public static DateTimeOffset Hour
    {
        get
        {
            var now = TimeProvider.System.GetUtcNow();
            return new(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        }
    }

    public static async Task<CustomersBench> StartAsync(params (string Name, string Value)[] settings) =>
        new(await TestPanel.StartAsync(settings));

    public T Get<T>() where T : notnull => Panel.Services.GetRequiredService<T>();

    /// <summary>A customer with a server that has run for two hours, billed: 20 tokens of the wallet are taken.</summary>
    public async Task AddAsync(int userId, decimal tokens, int serverId = 0, decimal price = 73)
    {
        await Panel.AddUserAsync(userId, tokens);
        await Panel.AddServerAsync(serverId == 0 ? 1000 + userId : serverId, userId, price, Hour.AddHours(-2));
        await BillAsync();
    }

    /// <summary>Charges what ran until this hour, and observes.</summary>
    public Task BillAsync() => Panel.BillAsync(Hour);

    /// <summary>Looks how all accounts stand, as a heartbeat does after an observation.</summary>
    public async Task<StoredStanding> UpdateStandingAsync(int userId)
    {
        await Get<Standings>().UpdateAsync(Cancel);
        return await StandingAsync(userId);
    }

    /// <summary>A heartbeat's look, with the wallets that it reads; every five minutes seem to have passed.</summary>
    public async Task<StoredStanding> BeatAsync(int userId)
    {
        await Database.ExecuteAsync("update cron_service.standings set tried_at = null; update cron_service.wallet_readings set read_at " +
            "= read_at - interval '6 minutes'");
        await Panel.ObserveAsync(TimeProvider.System.GetUtcNow());
        await RunTaskAsync();
        return await StandingAsync(userId);
    }

    /// <summary>What a heartbeat does about standings.</summary>
    public Task RunTaskAsync() => Get<StandingsTask>().RunAsync(Cancel);

    public async Task<StoredStanding> StandingAsync(int userId) => await StandingQueries.OfAsync(Database, await AccountAsync(userId));

    public Task<long> AccountAsync(int userId) => Database.ScalarAsync<long>("select id from cron_service.accounts where user_id = @user",
        ("user", userId));

    public Task SetPolicyAsync(string assignments) =>
        Database.ExecuteAsync($"update cron_service.customer_policy set {assignments}, observation_id = null");

    /// <summary>Switches the policy on, without a grace.</summary>
    public async Task SwitchOnAsync(string assignments = "grace_hours = 0")
    {
        await SetPolicyAsync("suspension_enabled = true, grace_hours = 0");
        await SetPolicyAsync(assignments);
    }

    public Task SetPolicyOffAsync() => SetPolicyAsync("suspension_enabled = false");

    /// <summary>Switches the policy on, observes and looks: an account below zero is due.</summary>
    public async Task DueAsync(int userId)
    {
        await SwitchOnAsync();
        await BeatAsync(userId);
        Assert.Equal(Standing.Due, (await StandingAsync(userId)).State);
    }

    /// <summary>What a heartbeat does about suspensions; what waits to be tried again is.</summary>
    public async Task SuspendAsync()
    {
        await Database.ExecuteAsync("update cron_service.suspensions set next_look_at = now() where state in ('ordered', 'resuming')");
        await Get<SuspensionsTask>().RunAsync(Cancel);
    }

    public bool IsSuspended(int serverId) => VirtFusion.Servers.Single(server => server.Id == serverId).IsSuspended;

    /// <summary>Where the latest suspension of a server stands.</summary>
    public Task<string?> StateAsync(int serverId) =>
        Database.ScalarAsync<string>("select state from cron_service.suspensions where server_id = @id order by id desc limit 1",
            ("id", serverId));

    public Task<string?> MessageAsync(int serverId) =>
        Database.ScalarAsync<string>("select message from cron_service.suspensions where server_id = @id order by id desc limit 1",
            ("id", serverId));

    public Task<Finding?> CheckAsync() => Get<SuspensionChecks>().Check.RunAsync(new(true, []), Cancel);

    /// <summary>How often VirtFusion was asked to suspend or unsuspend a server.</summary>
    public int Posts(string act) => VirtFusion.Requests.Received.Count(request => request.Method == "POST"
        && request.PathAndQuery.EndsWith($"/{act}", StringComparison.Ordinal));

    /// <summary>How many wallets VirtFusion was asked for.</summary>
    public int WalletReads => VirtFusion.Requests.Received.Count(request =>
        request.PathAndQuery.Contains(Balance, StringComparison.Ordinal));

    /// <summary>Pays 5.00 for customer 1, with top-ups enabled.</summary>
    /// <returns>The top-up's number.</returns>
    public async Task<long> PayAsync(PayPalSimulator payPal)
    {
        await Get<PaymentsJob>().ReadSettingsAsync(Cancel);
        await Database.ExecuteAsync("update cron_service.jobs set enabled = true where job = 'payments'");
        var id = await Get<TopUps>().OpenAsync(PayPalBench.Tester, 1, 5, Cancel);
        await Get<TopUpSteps>().AdvanceAsync(id, Cancel);
        payPal.Books.Approve(payPal.Books.OrderIds[0]);
        await Get<TopUpSteps>().AdvanceAsync(id, Cancel);
        return id;
    }

    public ValueTask DisposeAsync() => Panel.DisposeAsync();
}
