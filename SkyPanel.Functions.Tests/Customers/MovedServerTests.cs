using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Servers that get another owner while they are suspended.</summary>
public sealed class MovedServerTests
{
    [Fact]
    public async Task A_suspended_server_that_gets_an_owner_with_money_runs_again_and_the_former_owner_is_told_nothing()
    {
        await using var bench = await SuspendedAsync();
        await MoveAsync(bench);
        await bench.SuspendAsync();

        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
        Assert.Equal("policy: it has another owner",
            await bench.Database.ScalarAsync<string>("select resumed_by || ': ' || resume_reason from cron_service.suspensions"));
        await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel);
        Assert.Equal(0, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.notices where cause = 'resumed'"));
    }

    [Fact]
    public async Task A_suspended_server_that_gets_an_owner_without_money_is_suspended_for_that_owner()
    {
        await using var bench = await SuspendedAsync();
        await MoveAsync(bench);
        bench.VirtFusion.ShiftWallet(2, -2000);
        await bench.BeatAsync(2);
        await bench.SuspendAsync();
        Assert.False(bench.IsSuspended(1001));
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(10));
        await bench.SuspendAsync();

        Assert.Equal((true, "suspended"), (bench.IsSuspended(1001), await bench.StateAsync(1001)));
        Assert.Equal(await bench.AccountAsync(2), await bench.Database.ScalarAsync<long>(
            "select account_id from cron_service.suspensions where server_id = 1001 order by id desc limit 1"));
    }

    [Fact]
    public async Task A_row_of_the_panel_with_another_owner_than_VirtFusion_names_resumes_no_server()
    {
        await using var bench = await SuspendedAsync();
        await bench.Panel.SetAsync(1001, "user_id = 2");
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5));
        await bench.SuspendAsync();

        Assert.Equal(("suspended", true), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    [Fact]
    public async Task A_person_resumes_a_server_for_its_present_owner()
    {
        await using var bench = await SuspendedAsync();
        await MoveAsync(bench);
        var owner = await bench.AccountAsync(2);
        Assert.Equal(1, await bench.Database.InOneAsync(transaction =>
            SuspensionOrders.ResumeAsync(transaction.Connection!, owner, "Ann", "it is theirs")));
        await bench.Get<SuspensionSteps>().AdvanceAsync(owner, CustomersBench.Cancel);

        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    private static async Task<CustomersBench> SuspendedAsync()
    {
        var bench = await CustomersBench.StartAsync();
        await bench.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        await bench.Get<NoticeWriter>().WriteAsync(CustomersBench.Cancel);
        await bench.AddAsync(1, 10);
        await bench.AddAsync(2, 400); // Little enough to be read at each heartbeat.
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        Assert.True(bench.IsSuspended(1001));
        return bench;
    }

    // In the panel and in VirtFusion.
    private static async Task MoveAsync(CustomersBench bench)
    {
        await bench.Panel.SetAsync(1001, "user_id = 2");
        bench.VirtFusion.Distort(1001, item =>
        {
            item[item.ContainsKey("ownerId") ? "ownerId" : "owner"] = 102;
            return item;
        });
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5));
    }
}
