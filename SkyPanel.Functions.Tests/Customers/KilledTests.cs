using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>A process that is killed in the middle of a suspension or a resumption, and another that goes on.</summary>
public sealed class KilledTests
{
    private const string Policy = "/api/admin/customers/policy", Wake = "/api/admin/cron/wake";
    private const string ForgetClaimSql =
        "update cron_service.suspensions set claimed_until = now() - interval '1 second', next_look_at = now()";
    private const string StateSql = "select state from cron_service.suspensions order by id desc limit 1";

    [Theory]
    [InlineData("suspend", false)]
    [InlineData("suspend", true)]
    [InlineData("unsuspend", false)]
    [InlineData("unsuspend", true)]
    public async Task Killed_before_or_after_VirtFusion_acted_the_customer_is_suspended_once_and_runs_again_with_money(string act,
        bool afterActing)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, 10);
        await panel.Panel.AddServerAsync(1001, 1, monthlyPrice: 73, OutsidePanel.HoursAgo(2));
        var dying = await panel.StartAppAsync();
        await dying.PostAsync(OutsidePanel.Trigger);
        await dying.PutAsync(Policy, new { suspension = new { enabled = true, graceHours = 0 } });
        if (act == "unsuspend")
        {
            await dying.PostAsync(Wake);
            panel.VirtFusion.ShiftWallet(1, 100);
            await panel.Database.ExecuteAsync(
                "update cron_service.wallet_readings set read_at = read_at - interval '6 minutes'; update cron_service.standings set " +
                "tried_at = null");
        }
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("POST", $"servers/1001/{act}", afterActing ? Fault.Hold(gate).AfterActing() : Fault.Hold(gate),
            times: 1);
        var asking = dying.PostAsync(Wake);
        await gate.WaitForArrivalsAsync(1, ct);
        await dying.KillAsync();
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        var other = await panel.StartAppAsync();
        await panel.Database.ExecuteAsync(ForgetClaimSql);
        await other.PostAsync(Wake);
        if (act == "suspend")
        {
            Assert.Equal(("suspended", true), (await panel.ScalarAsync<string>(StateSql), panel.VirtFusion.Servers.Single().IsSuspended));
            panel.VirtFusion.ShiftWallet(1, 100);
            await panel.Database.ExecuteAsync(
                "update cron_service.wallet_readings set read_at = read_at - interval '6 minutes'; update cron_service.standings set " +
                "tried_at = null");
            await other.PostAsync(Wake);
        }
        Assert.Equal(("resumed", false), (await panel.ScalarAsync<string>(StateSql), panel.VirtFusion.Servers.Single().IsSuspended));
        Assert.Equal(1L, await panel.ScalarAsync<long>("select count(*) from cron_service.suspensions"));
        gate.Open();
    }
}
