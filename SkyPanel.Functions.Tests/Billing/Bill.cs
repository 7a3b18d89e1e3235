using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>What the tests of metering and charging do with a panel, and what they read from it.</summary>
internal static class Bill
{
    private const string HoursSql = """
        select hour_start, seconds_billed, amount from cron_service.charges where server_id = @id order by hour_start
        """;

    /// <summary>An instant like <c>2026-03-01 10:00</c>, UTC.</summary>
    public static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static T Get<T>(this IServiceProvider app) where T : notnull => app.GetRequiredService<T>();

    /// <summary>Reads VirtFusion and records what it says, as between two runs.</summary>
    public static async Task<List<string>> ObserveAsync(this TestPanel panel, DateTimeOffset at) =>
        await panel.RecordAsync(await panel.Services.GetRequiredService<Observer>().ReadAsync(at, TestContext.Current.CancellationToken));

    /// <summary>Records a reading that the test made up.</summary>
    public static async Task<List<string>> RecordAsync(this TestPanel panel, Reading reading)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await panel.Database.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var notes = await panel.Services.GetRequiredService<Observer>().RecordAsync(connection, reading, TestPanel.HoursPerMonth, ct);
        await transaction.CommitAsync(ct);
        return notes;
    }

    /// <summary>A run that doesn't wait for the job's lease: what overlaps when a lease fails to keep runs apart.</summary>
    /// <param name="lease">A name of its own.</param>
    public static async Task<BillingResult> BillBesideAsync(this IServiceProvider app, string lease, DateTimeOffset asOf)
    {
        var ct = TestContext.Current.CancellationToken;
        var runId = await app.GetRequiredService<RunLog>().OpenAsync("hourly-billing", RunTrigger.Manual, "test", null, 0, ct);
        var fence = await app.GetRequiredService<Leases>().AcquireAsync(lease, lease, ct);
        return await app.GetRequiredService<BillingRun>()
            .ExecuteAsync(runId!.Value, fence!, TestPanel.HoursPerMonth, isDryRun: false, ct, asOf);
    }

    /// <summary>VirtFusion tells nothing about its servers, at once and until <see cref="FaultPlan.Clear"/>; its wallets work.</summary>
    public static void ShowNothing(this VirtFusionSimulator virtFusion) => virtFusion.Faults.Add("GET", "servers", Fault.Answer(401));

    /// <summary>Shows one server as something that can't be read, or well again.</summary>
    public static void Blur(this VirtFusionSimulator virtFusion, int serverId, bool isBlurred = true) =>
        virtFusion.Distort(serverId, item =>
    {
        if (isBlurred)
            item.Remove("suspended");
        return item;
    });

    /// <summary>Changes the enrolment of a server in the panel.</summary>
    /// <param name="assignments">Like <c>monthly_price = 20</c>.</param>
    public static async Task SetAsync(this TestPanel panel, int serverId, string assignments) =>
        await panel.Database.ExecuteAsync(
            $"update public.virtfusion_hourly_billing set {assignments} where virtfusion_server_id = {serverId}");

    /// <summary>Gives a server to another customer, in the panel and in VirtFusion.</summary>
    public static async Task ChangeOwnerAsync(this TestPanel panel, int serverId, int userId)
    {
        await panel.SetAsync(serverId, $"user_id = {userId}");
        panel.VirtFusion.Distort(serverId, item =>
        {
            item["owner"] = 100 + userId;
            return item;
        });
    }

    /// <returns>Each hour that a server was charged for.</returns>
    public static Task<List<(DateTime Hour, int Seconds, decimal Amount)>> HoursAsync(this TestPanel panel, int serverId) =>
        panel.Database.Source.QueryAsync(HoursSql, row => (row.GetDateTime(0), row.GetInt32(1), row.GetDecimal(2)),
            TestContext.Current.CancellationToken, ("id", serverId));

    /// <returns>All seconds that a server was charged for.</returns>
    public static async Task<int> SecondsAsync(this TestPanel panel, int serverId) =>
        (await panel.HoursAsync(serverId)).Sum(hour => hour.Seconds);

    public static Task<long> CountAsync(this TestPanel panel, string table) =>
        panel.Database.ScalarAsync<long>($"select count(*) from {table}");

    public static Task<List<Hold>> HoldsAsync(this TestPanel panel, HoldState? state = HoldState.Open) =>
        panel.Services.GetRequiredService<Holds>().ListAsync(new(state, null, null, null, null, null), null, 500,
            TestContext.Current.CancellationToken);

    public static Task DecideAsync(this TestPanel panel, long holdId, bool isApproved) =>
        panel.DecideAsync(holdId, isApproved ? HoldAction.Approve : HoldAction.Reject);

    public static async Task DecideAsync(this TestPanel panel, long holdId, HoldAction act) => Assert.True(
        (await panel.Database.InOneAsync(decided => Holds.DecideAsync(decided.Connection!, holdId, act, "ann", "looked at it",
            TestContext.Current.CancellationToken)))!.Value.IsDecided);

    /// <summary>What must hold after any run: nothing is created or lost, and each whole token that is owed was taken.</summary>
    public static async Task AssertBooksBalanceAsync(this TestPanel panel)
    {
        Assert.Equal(0m, await panel.Database.ScalarAsync<decimal>("select sum(balance_amount) from cron_service.balances"));
        Assert.Equal(0, await panel.CountAsync("cron_service.balances where kind = 'customer' and owed_amount <> balance_amount"));
        Assert.Equal(
            await panel.Database.ScalarAsync<decimal>("select coalesce(sum(amount), 0) from cron_service.charges"),
            await panel.Database.ScalarAsync<decimal>("select coalesce(sum(amount), 0) from cron_service.transfers where kind = 'charge'"));
        Assert.Equal(0, await panel.CountAsync("""
            cron_service.accounts a where kind = 'customer' and not owed_amount between 0 and 0.009999
              and not exists (select from cron_service.debits d where d.account_id = a.id and d.state not in ('settled', 'voided'))
            """));
    }
}
