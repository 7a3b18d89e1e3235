using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests;

/// <summary>A panel for one test: a database, a simulated VirtFusion with wallets, and the app's services. <see
/// cref="BillAsync(DateTimeOffset, bool)"/> bills as of any time.</summary>
public sealed class TestPanel : IAsyncDisposable
{
    public const int HoursPerMonth = 730;

    public static readonly Caller Ann = new("ann", Role.Admin, "::1", "1");
    private readonly List<IHost> _apps = [];
    private readonly Action<IServiceCollection> _register;

    private TestPanel(TestDatabase database, VirtFusionSimulator virtFusion, Action<IServiceCollection> register) =>
        (Database, VirtFusion, _register) = (database, virtFusion, register);

    public TestDatabase Database { get; }
    public VirtFusionSimulator VirtFusion { get; }

    /// <summary>The services of the first app; <see cref="StartApp"/> starts more on the same database.</summary>
    public IServiceProvider Services => _apps[0].Services;

    /// <param name="settings">Settings of the app, such as <c>("Billing:MaxCatchUp", "366.00:00:00")</c>. By default no hours are too old,
    /// and lost answers wait for a second.</param>
    public static Task<TestPanel> StartAsync(params (string Name, string Value)[] settings) => StartAsync(_ => { }, settings);

    /// <param name="register">Registers further services in each app, such as jobs of the test.</param>
    public static async Task<TestPanel> StartAsync(Action<IServiceCollection> register, params (string Name, string Value)[] settings)
    {
        var database = new TestDatabase();
        await database.InitializeAsync();
        var panel = new TestPanel(database, await VirtFusionSimulator.StartAsync(new() { ApiToken = "token-of-the-simulated-virtfusion" }),
            register);
        panel.StartApp(settings);
        return panel;
    }

    /// <summary>Starts another app on the same database and VirtFusion, like a second instance.</summary>
    public IServiceProvider StartApp(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:SkyPanel"] = Database.ConnectionString,
            ["VirtFusion:BaseUrl"] = VirtFusion.BaseAddress.ToString(),
            ["VirtFusion:ApiToken"] = VirtFusion.ApiToken,
            ["VirtFusion:RequestsPerSecond"] = "10000",
            ["Billing:MaxCatchUp"] = "366.00:00:00",
            ["Wallet:InDoubtWait"] = "00:00:01",
            // Long enough for tests that take a lease over, since these apps don't renew it.
            ["Jobs:LeaseTimeToLive"] = "00:05:00",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value)));
        builder.Logging.ClearProviders();
        builder.AddSkyPanel();
        _register(builder.Services);
        _apps.Add(builder.Build());
        return _apps[^1].Services;
    }

    /// <summary>Adds a customer with a wallet to the panel, and to VirtFusion with an id that is higher by 100.</summary>
    public async Task AddUserAsync(int userId, decimal tokens = 100_000)
    {
        await Database.ExecuteAsync("""
            insert into public.users (id, email, username, full_name, virtfusion_id)
                values (@id, 'u' || @id, 'u' || @id, 'User ' || @id, 100 + @id) on conflict do nothing
            """, ("id", userId));
        VirtFusion.AddUser(userId, 100 + userId, tokens);
    }

    /// <summary>Adds an enrolled server that runs in VirtFusion and is billed from <paramref name="billedFrom"/> on, and its
    /// owner.</summary>
    public async Task AddServerAsync(int serverId, int userId, decimal? monthlyPrice, DateTimeOffset billedFrom,
        int basisHours = HoursPerMonth, decimal hourlyRate = 0)
    {
        await AddUserAsync(userId);
        if (monthlyPrice is null)
            await Database.ExecuteAsync("alter table public.virtfusion_hourly_billing alter monthly_price drop not null");
        await Database.ExecuteAsync("""
            insert into public.virtfusion_hourly_billing
                (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, hours_in_month,
                last_billed_at, created_at)
            values (@user, @server, @server, 1, 'Plan', @price::numeric, @rate, @basis, @billed_from, @billed_from)
            """, ("user", userId), ("server", serverId), ("price", monthlyPrice), ("rate", hourlyRate), ("basis", basisHours),
            ("billed_from", DateTime.SpecifyKind(billedFrom.UtcDateTime, DateTimeKind.Unspecified)));
        VirtFusion.AddServer(serverId, 100 + userId, billedFrom.AddHours(-1));
    }

    /// <summary>Executes a billing run as of any time, with a lease and a row in the run log.</summary>
    public Task<BillingResult> BillAsync(DateTimeOffset asOf, bool isDryRun = false) => BillAsync(Services, asOf, isDryRun);

    public static async Task<BillingResult> BillAsync(IServiceProvider app, DateTimeOffset asOf, bool isDryRun = false)
    {
        var ct = TestContext.Current.CancellationToken;
        var (leases, log) = (app.GetRequiredService<Leases>(), app.GetRequiredService<RunLog>());
        var runId = await log.OpenAsync("hourly-billing", RunTrigger.Manual, "test", null, 0, ct)
            ?? throw new InvalidOperationException("The run was not opened.");
        Fence? fence;
        while ((fence = await leases.AcquireAsync("hourly-billing", "test", ct)) is null)
            await Task.Yield();
        try
        {
            return await app.GetRequiredService<BillingRun>().ExecuteAsync(runId, fence, HoursPerMonth, isDryRun, ct, asOf);
        }
        finally
        {
            await leases.ReleaseAsync(fence);
        }
    }

    /// <returns>The charges of a server so far, in currency units.</returns>
    public async Task<decimal> ChargedAsync(int serverId) =>
        await Database.ScalarAsync<decimal>("select coalesce(sum(amount), 0) from cron_service.charges where server_id = @id",
            ("id", serverId));

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            if (app is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
        }
        await VirtFusion.DisposeAsync();
        await Database.DisposeAsync();
    }
}
