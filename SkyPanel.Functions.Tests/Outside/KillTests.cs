using System.Collections.Concurrent;
using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class KillTests
{
    private const string Balance = "selfService/hourlyStats/byUserExtRelationId/2";
    private const string Credit = "selfService/credit/byUserExtRelationId/2";

    // Each reaches a moment of a run and holds it there: by a gate in VirtFusion, or by a lock in the database.
    private static readonly (string Name, string Method, string Path, bool AfterActing, string? LockSql)[] Moments =
    [
        ("while listing", "GET", "servers", false, null),
        ("while recording what was seen", "", "", false, "lock table cron_service.uptime in exclusive mode"),
        ("while charging", "", "", false, "lock table cron_service.charges in exclusive mode"),
        ("while posting to the ledger", "", "", false, "lock table cron_service.transfers in exclusive mode"),
        ("while writing the panel's rows", "", "", false, "lock table public.virtfusion_hourly_transactions in exclusive mode"),
        ("while claiming", "", "", false, "lock table cron_service.debits in exclusive mode"),
        ("while reading a balance", "GET", Balance, false, null),
        ("before the wallet moved", "POST", Credit, false, null),
        ("after the wallet moved", "POST", Credit, true, null),
        ("before settling", "", "", false, "select from cron_service.accounts where user_id = 2 for update"),
        ("while closing", "", "", false, "select from cron_service.runs where status = 'running' for update"),
    ];

    [Fact]
    public async Task Killed_at_any_moment_and_run_again_it_comes_to_the_same_ledger_and_wallets()
    {
        var failures = new ConcurrentBag<string>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Moments, parallel, async (moment, _) =>
        {
            try
            {
                await KillAsync(moment.Method, moment.Path, moment.AfterActing, moment.LockSql);
            }
            catch (Exception e)
            {
                failures.Add($"Killed {moment.Name}: {e}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static async Task KillAsync(string method, string path, bool afterActing, string? lockSql)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await using var twin = await TestPanel.StartAsync();
        // A debit that was seen to lower a balance, so that later an unchanged one proves something.
        await panel.Panel.AddServerAsync(99, userId: 9, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(OutsidePanel.DiesSoon);
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.True(await panel.ScalarAsync<bool>("select exists (select from cron_service.wallet_proofs)"));
        foreach (var side in new[] { panel.Panel, twin })
        {
            for (var server = 1; server <= 6; server++)
                await side.AddServerAsync(server, userId: 1 + server % 3, monthlyPrice: server * 10, OutsidePanel.HoursAgo(10));
        }

        var gate = new RequestGate();
        if (lockSql is null)
            panel.VirtFusion.Faults.Add(method, path, afterActing ? Fault.Hold(gate).AfterActing() : Fault.Hold(gate), times: 1);
        await using (var connection = await panel.Database.Source.OpenConnectionAsync(ct))
        await using (var holding = await connection.BeginTransactionAsync(ct))
        {
            // The rows of a run can only be locked once they are there: hold the run in VirtFusion until then.
            var isLate = lockSql?.StartsWith("select", StringComparison.Ordinal) == true;
            var late = new RequestGate();
            if (isLate)
                panel.VirtFusion.Faults.Add("POST", Credit, Fault.Hold(late), times: 1);
            else if (lockSql is not null)
                await ExecuteAsync(connection, lockSql);
            var triggered = app.Http.PostAsync(OutsidePanel.Trigger, null, ct);
            if (isLate)
            {
                await late.WaitForArrivalsAsync(1, ct);
                await ExecuteAsync(connection, lockSql!);
                late.Open();
            }
            if (lockSql is null)
                await gate.WaitForArrivalsAsync(1, ct);
            else
                await panel.Database.BlockedAsync(1);
            await app.KillAsync();
            await Assert.ThrowsAsync<HttpRequestException>(() => triggered);
        }
        gate.Open();
        panel.VirtFusion.Faults.Clear();

        app = await panel.StartAppAsync();
        await panel.SettleAsync(app);
        await panel.BooksBalanceAsync();
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.runs where status = 'running'"));
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state <> 'settled'"));

        await twin.BillAsync(await panel.ScalarAsync<DateTimeOffset>(
            "select max(hour_start) + interval '1 hour' from cron_service.charges where server_id <> 99"));
        Assert.Equal(await ChargesAsync(twin.Database), await ChargesAsync(panel.Database));
        foreach (var user in new[] { 1, 2, 3 })
            Assert.Equal(twin.VirtFusion.Wallet(user), panel.VirtFusion.Wallet(user));
    }

    private static Task<string?> ChargesAsync(TestDatabase database) => database.ScalarAsync<string>("""
        select string_agg(server_id || ' ' || hour_start || ' ' || seconds_billed || ' ' || amount, E'\n' order by server_id, hour_start)
        from cron_service.charges where server_id <> 99
        """);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
