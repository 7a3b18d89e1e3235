using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>Runs that overlap for certain, without the lease that usually keeps them apart: keys and locks must do.</summary>
public sealed class OverlapTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Fact]
    public async Task Two_apps_that_bill_at_once_charge_each_server_hour_once_and_take_each_token_once()
    {
        await using var panel = await StartAsync();
        var apps = new[] { panel.Services, panel.StartApp() };
        await using var hold = await HoldAccountsAsync(panel);

        var runs = apps.Select((app, n) => app.BillBesideAsync($"beside-{n}", Ten.AddHours(10))).ToArray();
        await panel.Database.BlockedAsync(statements: 2);
        await hold.Transaction.RollbackAsync(TestContext.Current.CancellationToken);
        var results = await Task.WhenAll(runs);

        Assert.Equal(30, results.Sum(result => result.Hours));
        Assert.Equal(30, await panel.CountAsync("cron_service.charges"));
        Assert.Equal((1.00m, 2.00m, 0.05m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2), await panel.ChargedAsync(3)));
        Assert.Equal((100_000 - 300m, 100_000 - 5m), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        Assert.Equal(2, panel.VirtFusion.Credits.Count);
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_run_that_waited_for_another_adds_up_what_that_one_wrote()
    {
        // The second has hours of its own: the sums before them were not written when it began.
        await using var panel = await StartAsync();
        var other = panel.StartApp();
        await using var hold = await HoldAccountsAsync(panel);

        var first = panel.Services.BillBesideAsync("beside-1", Ten.AddHours(10));
        await panel.Database.BlockedAsync(statements: 1);
        var second = other.BillBesideAsync("beside-2", Ten.AddHours(13));
        await panel.Database.BlockedAsync(statements: 2);
        await hold.Transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(first, second);

        Assert.Equal(39, await panel.CountAsync("cron_service.charges"));
        Assert.Equal((1.30m, 2.60m, 0.065m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2), await panel.ChargedAsync(3)));
        Assert.Equal((100_000 - 390m, 100_000 - 6m), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_debit_that_settles_between_another_runs_beginning_and_its_writing_is_taken_once()
    {
        await using var panel = await StartAsync();
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Hold(gate), times: 2);
        var first = panel.Services.BillBesideAsync("beside-1", Ten.AddHours(10));
        await gate.WaitForArrivalsAsync(2, TestContext.Current.CancellationToken);
        await using var hold = await HoldAccountsAsync(panel);

        gate.Open();
        await panel.Database.BlockedAsync(statements: 2); // Both settlements wait for their accounts,
        var second = panel.StartApp().BillBesideAsync("beside-2", Ten.AddHours(11));
        await panel.Database.BlockedAsync(statements: 3); // and behind them the run, which has begun.
        await hold.Transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(first, second);

        Assert.Equal((100_000 - 330m, 100_000 - 5m), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        Assert.Equal([-300m, -30m], panel.VirtFusion.Credits.Where(credit => credit.ExtRelationId == 1).Select(credit => credit.Tokens));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_run_whose_lease_was_taken_over_writes_nothing()
    {
        await using var panel = await StartAsync();
        await using var hold = await HoldAccountsAsync(panel);
        var run = panel.Services.BillBesideAsync("beside", Ten.AddHours(10));
        await panel.Database.BlockedAsync(statements: 1);
        await panel.Database.ExecuteAsync("update cron_service.leases set fencing = fencing + 1, holder = 'another' where job = 'beside'");

        await hold.Transaction.RollbackAsync(TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<LeaseLostException>(() => run);
        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        Assert.Equal(30, (await panel.BillAsync(Ten.AddHours(10))).Hours);
    }

    [Fact]
    public async Task A_run_whose_lease_ran_out_while_it_charged_writes_nothing()
    {
        await using var panel = await StartAsync();
        await using var posting = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.transfers in share mode");
        var run = panel.Services.BillBesideAsync("beside", Ten.AddHours(10));
        await panel.Database.BlockedAsync(statements: 1);
        await panel.Database.ExecuteAsync("update cron_service.leases set expires_at = now() where job = 'beside'");

        await posting.LetGoAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => run);
        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        Assert.Equal(30, (await panel.BillAsync(Ten.AddHours(10))).Hours);
    }

    [Fact]
    public async Task Eight_apps_at_once_charge_each_server_hour_once()
    {
        await using var panel = await StartAsync();
        var apps = Enumerable.Range(0, 8).Select(_ => panel.StartApp()).ToArray();

        await Task.WhenAll(apps.Select((app, n) => app.BillBesideAsync($"beside-{n}", Ten.AddHours(10 + n % 3))));
        await panel.BillAsync(Ten.AddHours(12));

        Assert.Equal((1.20m, 2.40m, 0.06m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2), await panel.ChargedAsync(3)));
        Assert.Equal((100_000 - 360m, 100_000 - 6m), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Who_charges_waits_for_another_though_no_customer_has_an_account_yet()
    {
        await using var panel = await TestPanel.StartAsync();
        await using var first = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var charging = await first.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ChargeLocks.TakeAsync(first, TestContext.Current.CancellationToken);
        await using var second = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var waiting = await second.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await second.ExecuteAsync("set local lock_timeout = '500ms'", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            ChargeLocks.TakeAsync(second, TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, refused.SqlState);
    }

    [Fact]
    public async Task A_reading_records_terms_while_the_account_is_charged()
    {
        await using var panel = await StartAsync();
        await panel.SetAsync(1, "monthly_price = 146");
        await using var charging = await HeldRows.HoldAsync(panel.Database, "select 1");
        await ChargeLocks.TakeAsync(charging.Connection, TestContext.Current.CancellationToken);

        await panel.ObserveAsync(Ten.AddMinutes(6));

        Assert.Equal(4, await panel.CountAsync("cron_service.terms"));
    }

    // Servers 1 and 2 of user 1 cost 10 and 20 tokens an hour, server 3 of user 2 half a token.
    private static async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, Ten);
        await panel.AddServerAsync(2, userId: 1, 146.00m, Ten);
        await panel.AddServerAsync(3, userId: 2, 3.65m, Ten);
        await panel.ObserveAsync(Ten.AddMinutes(1));
        return panel;
    }

    private static async Task<Held> HoldAccountsAsync(TestPanel panel)
    {
        var connection = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select from cron_service.accounts order by id for update", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new(connection, transaction);
    }

    private sealed record Held(NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
