using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Dns.DnsBench;

namespace SkyPanel.Functions.Tests.Defects;

/// <summary>What the panel's own DNS renewals got wrong, and what happens here instead. The names begin with the defect's number.</summary>
public sealed class DnsDefectsTests
{
    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Asia/Tokyo")]
    public async Task C4_a_date_is_due_by_utc_whatever_the_zone_of_the_server(string zone)
    {
        await using var panel = await StartAsync();
        await panel.Database.ExecuteAsync($"""
            do $$ begin execute format('alter database %I set timezone to %L', current_database(), '{zone}'); end $$
            """);
        await panel.SubscribeAsync(1, 11, 10m, "2025-06-01 04:00");

        Assert.Equal(0, (await panel.RenewAsync("2025-06-01 03:59:59")).Renewed);
        Assert.Equal(1, (await panel.RenewAsync("2025-06-01 04:00")).Renewed);

        Assert.Equal("active 2025-07-01", await panel.SubscriptionAsync(1));
    }

    [Fact]
    public async Task C4_every_missed_period_is_charged()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-01-31");

        Assert.Equal(3, (await panel.RenewAsync("2026-04-01 02:00")).Renewed);

        Assert.Equal(("2026-01-31 2026-02-28 2026-03-31", "active 2026-04-30"),
            (await panel.PaidAsync(1), await panel.SubscriptionAsync(1)));
        Assert.Equal(97_000m, panel.VirtFusion.Wallet(11));
    }

    [Fact]
    public async Task C4_who_cannot_pay_has_a_grace_and_then_a_way_back()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01", tokens: 999);

        Assert.Contains("insufficient", Assert.Single((await panel.RenewAsync("2026-03-01 02:00")).Problems).Message,
            StringComparison.Ordinal);
        await panel.RenewAsync("2026-03-08 01:59");
        Assert.Equal("active 2026-03-01", await panel.SubscriptionAsync(1));
        Assert.Equal(1, (await panel.RenewAsync("2026-03-08 02:00")).Suspended);
        Assert.Equal("suspended 2026-03-01", await panel.SubscriptionAsync(1));
        Assert.True(await panel.Database.ScalarAsync<bool>("""
            select (select "autoRenew" from public.dns_plan_subscriptions)
                and (select count(*) = 1 from public.transactions where type = 'dns_plan_renewal_failed')
            """));

        // Months later; that time is not charged.
        await panel.RenewAsync("2026-06-29 02:00");
        Assert.Equal((999m, ""), (panel.VirtFusion.Wallet(11), await panel.PaidAsync(1)));
        panel.VirtFusion.ShiftWallet(11, 1);
        Assert.Equal(1, (await panel.RenewAsync("2026-06-30 02:00")).Renewed);

        Assert.Equal(("active 2026-07-30", "2026-06-30", 0m), (await panel.SubscriptionAsync(1), await panel.PaidAsync(1),
            panel.VirtFusion.Wallet(11)));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task C4_an_outage_suspends_nobody()
    {
        await using var panel = await StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01", tokens: 0);
        foreach (var fault in new[] { Fault.Answer(503), Fault.Answer(200, "{}"), Fault.Answer(401), Fault.Answer(404, "gone") })
        {
            panel.VirtFusion.Faults.Add("GET", "selfService/", fault);

            var result = await panel.RenewAsync("2026-03-20 02:00");

            Assert.False(result.HasReading);
            Assert.Equal((0, 0, 0, 1), (result.Renewed, result.InGrace, result.Suspended, result.Unread));
            Assert.Equal("api", Assert.Single(result.Problems).Kind);
            Assert.Equal("active 2026-03-01", await panel.SubscriptionAsync(1));
            Assert.Equal(0, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.dns_graces"));
            panel.VirtFusion.Faults.Clear();
        }
    }

    [Fact]
    public async Task C4_a_failure_in_the_database_charges_nothing_and_the_next_run_once()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        await panel.Database.ExecuteAsync("""
            create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
            create trigger refuse before update on public.dns_plan_subscriptions for each row execute function public.refuse()
            """);

        Assert.Equal(("database", "DNS subscription 1 of user 11 is not renewed: not now"),
            Assert.Single((await panel.RenewAsync("2026-03-01 02:00")).Problems) is var problem ? (problem.Kind, problem.Message)
                : default);
        Assert.Equal(("", 100_000m), (await panel.PaidAsync(1), panel.VirtFusion.Wallet(11)));
        await panel.Database.ExecuteAsync("drop trigger refuse on public.dns_plan_subscriptions");
        await panel.RenewAsync("2026-03-01 02:00");
        await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal(("2026-03-01", 99_000m), (await panel.PaidAsync(1), panel.VirtFusion.Wallet(11)));
    }
}
