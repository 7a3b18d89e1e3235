using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Dns.DnsBench;

namespace SkyPanel.Functions.Tests.Dns;

/// <summary>What the tokens of a renewal are called where customers read it.</summary>
public sealed class RenewalDebitTests
{
    private const string RowsSql = """
        select string_agg(type || ' ' || status || ' ' || amount || ' ' || description, E'\n' order by id) from public.transactions
            where user_id = 11
        """;

    [Fact]
    public async Task A_renewal_is_one_row_of_the_panel_which_the_interlock_does_not_take_for_somebody_elses()
    {
        await using var panel = await StartAsync();
        await panel.Database.InOneAsync(enabling => DnsInterlock.BeginAsync(enabling.Connection!, TestContext.Current.CancellationToken));
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");

        await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal("""
            dns_plan_renewal completed -10 DNS plan Plan 1: 2026-03-01 to 2026-04-01
            """, await panel.Database.ScalarAsync<string>(RowsSql));
        Assert.Null(await panel.Services.GetRequiredService<DnsInterlock>().ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, 10m), (await panel.CountAsync(
            "cron_service.debits d join cron_service.runs r on r.id = d.run_id where r.job = 'dns-renewal'"),
            await panel.Database.ScalarAsync<decimal>("select dns_amount from cron_service.debits")));
    }

    [Fact]
    public async Task A_debit_is_told_as_what_most_of_it_is_for_and_counts_for_the_run_that_charged_it()
    {
        await using var panel = await StartAsync();
        var ten = At("2026-03-01 10:00");
        await panel.AddServerAsync(1, userId: 11, monthlyPrice: 73m, ten);
        await panel.ObserveAsync(ten.AddMinutes(1));
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422), times: 1);
        await panel.BillAsync(ten.AddHours(2)); // Refused: its debit is open while the renewal is made,
        await panel.SubscribeAsync(1, 11, 10.005m, "2026-03-01");
        await panel.SubscribeAsync(2, 11, 4.99m, "2026-03-01");
        var renewed = await panel.RenewAsync("2026-03-01 12:30"); // which takes it, and then what the renewals owe.
        await panel.BillAsync(ten.AddHours(3)); // The half token that was left of that is in the hour's.

        const string Month = "2026-03-01 to 2026-04-01";
        Assert.Equal($"""
            server_hourly_billing completed -0.2 Hourly billing until 2026-03-01T12:00Z: 2 h of server 1
            dns_plan_renewal completed -14.99 DNS plan Plan 1: {Month}, DNS plan Plan 2: {Month}
            server_hourly_billing completed -0.1 Hourly billing until 2026-03-01T13:00Z: 1 h of server 1; and DNS plan Plan 2: {Month}
            """, await panel.Database.ScalarAsync<string>(RowsSql));
        Assert.Equal((2, 1499L), (renewed.Renewed, renewed.TokensDebited)); // The 20 of the hours are the hourly run's.
        Assert.Equal("0.000000 14.990000 0.005000",
            await panel.Database.ScalarAsync<string>("select string_agg(dns_amount::text, ' ' order by id) from cron_service.debits"));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task One_that_the_database_refuses_is_told_with_its_id_and_the_others_go_on()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        await panel.SubscribeAsync(2, 11, 10m, "2026-03-01");
        await panel.SubscribeAsync(3, 13, 10m, "2026-03-01", tokens: 5);
        await panel.SubscribeAsync(4, 14, 10m, "2026-03-01");
        await panel.Database.ExecuteAsync("""
            create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
            create trigger refuse before update on public.dns_plan_subscriptions for each row
                when (old.id = 1) execute function public.refuse();
            alter table cron_service.dns_graces add constraint never check (subscription_id <> '3')
            """);

        var result = await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal((2, 2000L), (result.Renewed, result.TokensDebited));
        Assert.Collection(result.Problems,
            problem => Assert.Equal(new("database", null, "DNS subscription 1 of user 11 is not renewed: not this one"), problem),
            problem => Assert.StartsWith("DNS subscription 3 of user 13 is not renewed: new row for relation", problem.Message,
                StringComparison.Ordinal));
        Assert.Equal(("", "2026-03-01", "2026-03-01"), (await panel.PaidAsync(1), await panel.PaidAsync(2), await panel.PaidAsync(4)));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task A_delivery_that_VirtFusion_stops_is_told()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(401));

        var result = await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal((1, 0L), (result.Renewed, result.TokensDebited));
        Assert.Contains(new("api", null, "VirtFusion answered 401: the API token is refused"), result.Problems);
    }

    [Fact]
    public async Task What_a_run_had_renewed_before_it_died_is_in_its_figures()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 19.99m, "2026-03-01");
        var (fence, runId) = await panel.LeaseAsync();
        await panel.RenewAsync(runId, fence, "2026-03-01 02:00");

        var figures = await panel.Services.GetRequiredService<RunLog>().WithFiguresAsync(runId, new(RunStatus.Cancelled, null, []));
        await panel.Services.GetRequiredService<RunLog>().TakeOverAsync(fence, runId + 1, [], TestContext.Current.CancellationToken);

        Assert.Equal((19.99m, 1999L), (figures.Amount, figures.Tokens));
        Assert.Equal("abandoned 19.990000 1999",
            await panel.Database.ScalarAsync<string>(
            "select status || ' ' || total_billed || ' ' || tokens_debited from cron_service.runs"));
    }
}
