using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>Whatever panel the billing works on, its backup is restored into an empty database, and the billing goes on there.</summary>
public sealed class RestoreShapesTests
{
    private const string ChargesSql =
        "select string_agg(server_id || ' ' || hour_start || ' ' || amount, E'\\n' order by server_id, hour_start) from " +
        "cron_service.charges";
    private const string PanelRowsSql =
        "select (select count(*) from public.virtfusion_hourly_transactions) || ' ' || (select count(*) from public.transactions)";

    public static TheoryData<string> Shapes => [.. PanelShapes.Sql.Keys];

    // Also what it writes there: ids go on after those that were restored.
    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_panel_with(string shape)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await bench.Panel.Database.ExecuteAsync(PanelShapes.Sql[shape]);
        // What columns there are an app asks once.
        var app = bench.Panel.StartApp();
        await TestPanel.BillAsync(app, BackupBench.Noon.AddHours(1));
        await bench.Panel.Database.ExecuteAsync("update cron_service.runs set status = 'succeeded', finished_at = now()");
        var file = await RestoreTests.BackUpAsync(bench);
        var before = await EmptyDatabase.DigestsAsync(bench.Panel.Database.Source);

        var report = await restored.RestoreAsync(file, BackupBench.Noon.AddHours(1));

        Assert.True(report.Integrity.Ok);
        var after = await EmptyDatabase.DigestsAsync(restored.Source);
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.Equal(["cron_service.audit", "cron_service.leases", "public.users"],
            before.Keys.Where(table => before[table] != after[table]).Order());

        await Migrator.MigrateAsync(restored.ConnectionString, TestContext.Current.CancellationToken);
        var restoredApp = bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        Assert.False((await restoredApp.GetRequiredService<BillingSettings>().ReadAsync(ct)).Enabled);
        var next = BackupBench.Noon.AddHours(2);
        var here = await TestPanel.BillAsync(app, next);
        var there = await TestPanel.BillAsync(restoredApp, next);
        Assert.Equal((4L, here.Amount), (there.Hours, there.Amount));
        Assert.True(there.TokensDebited > 0);
        Assert.Equal(await bench.Panel.Database.ScalarAsync<string>(ChargesSql), await restored.ScalarAsync<string>(ChargesSql));
        Assert.Equal(await bench.Panel.Database.ScalarAsync<string>(PanelRowsSql), await restored.ScalarAsync<string>(PanelRowsSql));
        Assert.True((await restoredApp.GetRequiredService<Integrity>().CheckAsync(ct)).Ok);
    }
}
