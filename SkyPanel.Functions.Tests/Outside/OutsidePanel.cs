using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>A panel with its own database and VirtFusion, and the app beside it in processes of its own. As a class fixture it is shared
/// by the tests of a class.</summary>
public sealed class OutsidePanel : IAsyncLifetime
{
    public const string Trigger = "/api/admin/cron/trigger-hourly-billing";
    public const string Settings = "/api/admin/cron/jobs/hourly-billing/settings";
    public const string Status = "/api/admin/cron/status";
    public const int FirstTokens = 100_000;

    private const string NothingOpenSql =
        "select not exists (select from cron_service.debits where state in ('pending', 'sending', 'in_doubt'))";

    private const string SessionsSql = """
        select string_agg(concat_ws(' ', pid, state, wait_event_type, wait_event, clock_timestamp() - state_change, query), E'\n')
        from pg_stat_activity where datname = current_database()
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly List<AppProcess> _apps = [];

    public TestPanel Panel { get; private set; } = null!;
    public TestDatabase Database => Panel.Database;
    public VirtFusionSimulator VirtFusion => Panel.VirtFusion;

    /// <summary>Where the apps of this panel keep the schedules that their timers are bound to.</summary>
    public string SchedulesFile { get; } = Path.Combine(Directory.CreateTempSubdirectory("skypanel-").FullName, "local.schedules.json");

    /// <summary>The app that was started first; <see cref="StartAppAsync"/> starts it.</summary>
    public AppProcess App => _apps[0];

    public async ValueTask InitializeAsync()
    {
        await RealClock.AwayFromAFullHourAsync(); // The app bills by it.
        Panel = await TestPanel.StartAsync();
    }

    public static async Task<OutsidePanel> CreateAsync()
    {
        var panel = new OutsidePanel();
        await panel.InitializeAsync();
        return panel;
    }

    /// <summary>Leases and claims as short as they may be: for processes that die or freeze, since others wait for theirs to run out. A
    /// machine that has much else to do may lose one of them in the middle of a run that is well.</summary>
    public static (string Name, string Value)[] DiesSoon { get; } =
        [("Wallet__ClaimTime", "00:00:05"), ("Jobs__LeaseTimeToLive", "00:00:05")];

    /// <summary>The environment of an app on this panel: no heartbeat that would interfere, and leases that it renews often, since that is
    /// when it hears of a cancelled run.</summary>
    public IEnumerable<(string Name, string Value)> Environment(params (string Name, string Value)[] settings) =>
    [
        ("ConnectionStrings__SkyPanel", $"{Database.ConnectionString};Maximum Pool Size=20"),
        ("VirtFusion__BaseUrl", VirtFusion.BaseAddress.ToString()),
        ("VirtFusion__ApiToken", VirtFusion.ApiToken),
        ("VirtFusion__RequestsPerSecond", "10000"),
        ("Billing__MaxCatchUp", "366.00:00:00"),
        ("Wallet__InDoubtWait", "00:00:01"),
        ("Wallet__ClaimTime", "00:00:30"),
        ("Jobs__LeaseTimeToLive", "00:00:15"),
        ("Cron__Heartbeat__Schedule", "0 0 0 1 1 *"),
        ("LocalHost__SchedulesFile", SchedulesFile),
        ("Admin__BootstrapKey", AppProcess.AdminKey),
        .. settings,
    ];

    public async Task<AppProcess> StartAppAsync(params (string Name, string Value)[] settings)
    {
        var app = await AppProcess.StartAsync(Environment(settings));
        _apps.Add(app);
        return app;
    }

    /// <summary>Starts the first app unless it runs: for tests that share one.</summary>
    public async Task<AppProcess> SharedAppAsync(params (string Name, string Value)[] settings) =>
        _apps.Count > 0 ? _apps[0] : await StartAppAsync(settings);

    /// <summary>The full hour that many hours before now.</summary>
    public static DateTimeOffset HoursAgo(int hours)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(-hours);
    }

    /// <summary>Runs until nothing is open: what was cut off is judged, sent again or held.</summary>
    public async Task SettleAsync(AppProcess app)
    {
        var since = TimeProvider.System.GetTimestamp();
        HttpStatusCode status;
        do
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"Debits are still open:\n{app.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
            (status, _) = await app.PostAsync(Trigger);
        }
        while (status != HttpStatusCode.OK || !await Database.ScalarAsync<bool>(NothingOpenSql));
    }

    /// <summary>What must hold whatever happened: each hour charged once and without a gap, each debit ordered at most once unless a
    /// person said so, wallets lower by exactly what was settled, books that add up to zero.</summary>
    public async Task BooksBalanceAsync()
    {
        Assert.Equal(0m, await Database.ScalarAsync<decimal>("select sum(balance_amount) from cron_service.balances"));
        Assert.Equal(0m, await Database.ScalarAsync<decimal>("""
            select coalesce(sum(amount), 0) - (select coalesce(sum(amount), 0) from cron_service.transfers where kind = 'charge')
                from cron_service.charges
            """));
        Assert.Equal(0, await Database.ScalarAsync<long>("""
            select count(*) from (select (max(hour_start) - min(hour_start)) / count(*)
                - interval '1 hour' * (count(*) - 1) / count(*) as gap
                                  from cron_service.charges group by server_id) as s where gap <> interval '0'
            """));
        Assert.Equal(0, await Database.ScalarAsync<long>("select count(*) from cron_service.accounts where owed_amount < 0"));
        Assert.All(VirtFusion.Credits.GroupBy(credit => credit.Reference1), orders => Assert.Single(orders));
        foreach (var orders in VirtFusion.Credits.GroupBy(credit => credit.ExtRelationId))
        {
            var taken = -orders.Sum(order => order.Tokens);
            var settled = await Database.ScalarAsync<decimal>("""
                select coalesce(sum(d.tokens), 0) from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
                where a.user_id = @user and d.state = 'settled'
                """, ("user", orders.Key));
            var doubtful = await Database.ScalarAsync<decimal>("""
                select coalesce(sum(d.tokens), 0) from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
                where a.user_id = @user and d.state in ('in_doubt', 'held', 'sending')
                """, ("user", orders.Key));
            Assert.InRange(taken, settled, settled + doubtful);
        }
    }

    public async Task<T?> ScalarAsync<T>(string sql, params (string Name, object? Value)[] parameters) =>
        await Database.ScalarAsync<T>(sql, parameters);

    /// <summary>Waits until a statement answers true.</summary>
    public async Task UntilAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await Database.ScalarAsync<bool>(sql, parameters))
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"It never came true: {sql}\n{await ScalarAsync<string>(SessionsSql)}\n" +
                    string.Join("\n\n", _apps.Select(app => app.Output)));
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
            await app.DisposeAsync();
        await Panel.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(SchedulesFile)!, recursive: true);
    }
}

/// <summary>Short words for what tests ask over HTTP.</summary>
public static class AppRequests
{
    public static Task<(HttpStatusCode Status, JsonObject Body)> GetAsync(this AppProcess app, string path) =>
        app.SendAsync(HttpMethod.Get, path);

    public static Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(this AppProcess app, string path, object? body = null) =>
        app.SendAsync(HttpMethod.Post, path, body);

    public static Task<(HttpStatusCode Status, JsonObject Body)> PutAsync(this AppProcess app, string path, object body) =>
        app.SendAsync(HttpMethod.Put, path, body);

    public static async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(
        this AppProcess app, HttpMethod method, string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject());
    }
}
