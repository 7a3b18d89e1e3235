using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Dns;

/// <summary>DNS plans in a panel, with the panel's own columns, and runs as of an instant.</summary>
internal static class DnsBench
{
    private const string Job = "dns-renewal";

    private const string TablesSql = """
        create table public.dns_plans (id serial primary key, name text not null, price real not null, "isActive" boolean default true);
        create table public.dns_plan_subscriptions (
            id serial primary key, "userId" integer not null, "planId" integer not null, status text not null default 'active',
                "startDate" timestamp not null,
            "endDate" timestamp not null, "autoRenew" boolean not null default true, "lastPaymentDate" timestamp,
                "nextPaymentDate" timestamp,
            "createdAt" timestamp default now(), "updatedAt" timestamp default now())
        """;

    public static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static async Task<TestPanel> StartAsync(params (string Name, string Value)[] settings)
    {
        var panel = await TestPanel.StartAsync(settings);
        await panel.MakeTablesAsync();
        return panel;
    }

    public static Task MakeTablesAsync(this TestPanel panel) => panel.Database.ExecuteAsync(TablesSql);

    /// <summary>A subscription to a plan of its own.</summary>
    public static async Task SubscribeAsync(this TestPanel panel, int id, int userId, decimal price, string next, string? started = null,
        decimal tokens = 100_000)
    {
        await panel.AddUserAsync(userId, tokens);
        await panel.Database.ExecuteAsync("""
            insert into public.dns_plans (id, name, price) values (@id, 'Plan ' || @id, @price::text::real);
            insert into public.dns_plan_subscriptions (id, "userId", "planId", "startDate", "endDate", "nextPaymentDate")
            values (@id, @user, @id, @started::text::timestamp, @next::text::timestamp, @next::text::timestamp)
            """, ("id", id), ("user", userId), ("price", price.ToString(CultureInfo.InvariantCulture)), ("next", next),
                ("started", started ?? next));
    }

    /// <summary>One run as of an instant, with the lease and the run row that a real one has.</summary>
    public static async Task<RenewalResult> RenewAsync(this TestPanel panel, string asOf, bool isDryRun = false)
    {
        var (fence, runId) = await panel.LeaseAsync();
        try
        {
            return await panel.RenewAsync(runId, fence, asOf, isDryRun);
        }
        finally
        {
            await panel.Services.GetRequiredService<Leases>().ReleaseAsync(fence);
        }
    }

    public static Task<RenewalResult> RenewAsync(this TestPanel panel, long runId, Fence fence, string asOf, bool isDryRun = false) =>
        panel.Services.GetRequiredService<RenewalRun>().ExecuteAsync(runId, fence, isDryRun, TestContext.Current.CancellationToken,
            At(asOf));

    public static async Task<(Fence Fence, long RunId)> LeaseAsync(this TestPanel panel)
    {
        var ct = TestContext.Current.CancellationToken;
        var runId = await panel.Services.GetRequiredService<RunLog>().OpenAsync(Job, RunTrigger.Manual, "test", null, 0, ct);
        return ((await panel.Services.GetRequiredService<Leases>().AcquireAsync(Job, "test", ct))!, runId!.Value);
    }

    /// <returns>Such as <c>active 2026-03-01</c>: the status and the next payment.</returns>
    public static Task<string?> SubscriptionAsync(this TestPanel panel, int id) => panel.Database.ScalarAsync<string>(
        """select status || ' ' || to_char("nextPaymentDate", 'YYYY-MM-DD') from public.dns_plan_subscriptions where id = @id""",
            ("id", id));

    /// <returns>The days on which paid periods began, oldest first.</returns>
    public static async Task<string> PaidAsync(this TestPanel panel, int id) => await panel.Database.ScalarAsync<string>("""
        select string_agg(to_char(period_start at time zone 'UTC', 'YYYY-MM-DD'), ' ' order by period_start) from cron_service.dns_renewals
            where subscription_id = @id::text
        """, ("id", id)) ?? "";

    public static async Task LawsHoldAsync(this TestPanel panel)
    {
        var report = await panel.Services.GetRequiredService<Integrity>().CheckAsync(TestContext.Current.CancellationToken);
        Assert.All(report.Checks, check => Assert.True(check.Ok, $"{check.Law} {string.Join("; ", check.Examples)}"));
    }
}
