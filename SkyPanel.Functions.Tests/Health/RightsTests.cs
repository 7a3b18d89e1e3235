using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Functions.Tests.Metering;

namespace SkyPanel.Functions.Tests.Health;

/// <summary>The app's role lacks a right on a table of the panel.</summary>
public sealed class RightsTests
{
    private const string EngineSql = """
        create table public.virtfusion_cron_settings (id serial primary key, enabled boolean, last_hourly_billing timestamp);
        insert into public.virtfusion_cron_settings (enabled) values (false)
        """;

    [Theory]
    [InlineData("revoke select on public.virtfusion_cron_settings from {0}", "virtfusion_cron_settings: SELECT")]
    [InlineData("alter table public.virtfusion_cron_settings enable row level security", "virtfusion_cron_settings: BYPASSRLS")]
    [InlineData("revoke select on public.transactions from {0}", "transactions: SELECT")]
    public async Task Nothing_is_billed_while_a_sign_of_the_panels_engine_cannot_be_read(string change, string found)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await panel.Database.ExecuteAsync(EngineSql);
        await panel.EnableAsync();
        await using var role = await LimitedRole.CreateAsync(panel.Database, change);
        var app = panel.StartApp(("ConnectionStrings:SkyPanel", role.ConnectionString));

        var reason = await app.Get<Interlock>().ReadAsync(ct);

        Assert.Contains("grant the app's role SELECT", reason, StringComparison.Ordinal);
        Assert.Contains($"table {found.Split(':')[0]}", reason!.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Null(await panel.StartApp(("ConnectionStrings:SkyPanel", role.ConnectionString), ("Billing:Interlock", "off"))
            .Get<Interlock>().ReadAsync(ct));
        Assert.Contains(found, (await app.Get<DatabaseFindings>().FindAsync(ct)).Single(one => one.Name == "rights").Message,
            StringComparison.Ordinal);
        Assert.Null(await panel.Services.Get<Interlock>().ReadAsync(ct));
    }

    [Fact]
    public async Task The_status_needs_no_xml()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            create table public.server_uptime_logs (id integer); insert into public.server_uptime_logs values (1);
            create table public.server_package_hourly_rates (id integer)
            """);
        await using var role = await LimitedRole.CreateAsync(panel.Database,
            "revoke execute on function pg_catalog.query_to_xml(text, boolean, boolean, text) from public");
        var app = panel.StartApp(("ConnectionStrings:SkyPanel", role.ConnectionString));

        Assert.Equal(["server_uptime_logs"],
            (await app.Get<BillingStatus>().ReadAsync(TestContext.Current.CancellationToken)).IgnoredTablesWithRows);
    }

    [Fact]
    public async Task The_status_counts_what_may_be_read()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await DnsBench.StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        await panel.Database.ExecuteAsync("""
            create table public.server_uptime_logs (id integer); insert into public.server_uptime_logs values (1)
            """);
        Assert.Equal(["server_uptime_logs"], (await panel.Services.Get<BillingStatus>().ReadAsync(ct)).IgnoredTablesWithRows);
        Assert.Equal((0, 1), ((await panel.Services.Get<DnsStatus>().ReadAsync(ct)).MissingTables.Count,
            (await panel.Services.Get<DnsStatus>().ReadAsync(ct)).Due));
        await panel.Database.InOneAsync(enabling => DnsInterlock.BeginAsync(enabling.Connection!, ct));
        await using var role = await LimitedRole.CreateAsync(panel.Database,
            "revoke select on public.server_uptime_logs, public.dns_plans, public.transactions from {0}");
        var app = panel.StartApp(("ConnectionStrings:SkyPanel", role.ConnectionString));

        var (billing, dns) = (await app.Get<BillingStatus>().ReadAsync(ct), await app.Get<DnsStatus>().ReadAsync(ct));

        Assert.Empty(billing.IgnoredTablesWithRows);
        Assert.Equal(("dns_plans dns_plan_subscriptions", 0L, 0), (string.Join(' ', dns.MissingTables), dns.Active, dns.Due));
        Assert.Contains("permission denied for table transactions", dns.InterlockReason, StringComparison.Ordinal);
    }
}
