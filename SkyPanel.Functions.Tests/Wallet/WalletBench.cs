using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Customers who owe, without the servers that made them owe: the wallet's half of a panel. 100 tokens are one currency
/// unit.</summary>
internal sealed class WalletBench : IAsyncDisposable
{
    public const decimal Start = 1000;
    public const string Credit = "selfService/credit/byUserExtRelationId/";
    public const string Balance = "selfService/hourlyStats/byUserExtRelationId/";

    private WalletBench(TestPanel panel) => Panel = panel;

    public TestPanel Panel { get; }
    public VirtFusionSimulator VirtFusion => Panel.VirtFusion;
    public FaultPlan Faults => Panel.VirtFusion.Faults;
    public TestDatabase Database => Panel.Database;

    /// <summary>Out of order, and asked again at once: a read gives up without a wait.</summary>
    public static Fault Down => Fault.Answer(503).With("Retry-After", "0");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<WalletBench> StartAsync(params (string Name, string Value)[] settings) =>
        new(await TestPanel.StartAsync(settings));

    public T Get<T>() where T : notnull => Panel.Services.GetRequiredService<T>();

    /// <summary>Charges a customer and opens the debit, as a run does.</summary>
    /// <returns>The open debit, or 0 when no whole token is owed or one was open before.</returns>
    public async Task<long> OweAsync(int userId, decimal amount = 0.10m)
    {
        await Panel.AddUserAsync(userId, Start);
        await using var connection = await Database.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var charge = new NpgsqlCommand("""
            insert into cron_service.accounts (kind, user_id) values ('customer', @user) on conflict do nothing;
            select from cron_service.accounts where user_id = @user for update;
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
            select 'charge', c.id, r.id, @amount, 'charge:' || gen_random_uuid(), now()
            from cron_service.accounts c, cron_service.accounts r where c.user_id = @user and r.kind = 'revenue'
            """, connection);
        charge.Parameters.AddWithValue("user", userId);
        charge.Parameters.AddWithValue("amount", amount);
        await charge.ExecuteNonQueryAsync(Cancel);
        await using var find = new NpgsqlCommand("select id from cron_service.accounts where user_id = @user", connection);
        find.Parameters.AddWithValue("user", userId);
        var account = (long?)await find.ExecuteScalarAsync(Cancel);
        var opened = await Get<Debits>().OpenAsync(connection, account, Cancel);
        await transaction.CommitAsync(Cancel);
        return opened == 0 ? 0 : await OpenDebitAsync(userId);
    }

    public Task<long> OpenDebitAsync(int userId) => Database.ScalarAsync<long>("""
        select d.id from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
        where a.user_id = @user and d.state in ('pending', 'sending', 'in_doubt', 'held')
        """, ("user", userId));

    /// <summary>A refund that waits to be given: the account has that much to its credit.</summary>
    public async Task<long> OweBackAsync(int userId, int tokens)
    {
        await CreditAsync(userId, tokens / 100m);
        return await RefundAsync(userId, "billed too much") ?? throw new InvalidOperationException("Nothing is owed back.");
    }

    /// <summary>Credits a customer, without a refund.</summary>
    public async Task CreditAsync(int userId, decimal amount)
    {
        await Panel.AddUserAsync(userId, Start);
        await Database.ExecuteAsync("""
            insert into cron_service.accounts (kind, user_id) values ('customer', @user) on conflict do nothing;
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
            select 'credit_note', r.id, c.id, @amount, 'credit_note:' || gen_random_uuid(), now()
            from cron_service.accounts c, cron_service.accounts r where c.user_id = @user and r.kind = 'revenue'
            """, ("user", userId), ("amount", amount));
    }

    /// <returns>Null when nothing is owed back.</returns>
    public Task<long?> RefundAsync(int userId, string reason) =>
        Database.InOneAsync(refunded => Get<Refunds>().OpenAsync(refunded.Connection!, userId, "ann", reason, Cancel));

    /// <summary>What a person decides about a held debit.</summary>
    public Task<(bool IsDecided, DebitState State)?> DecideAsync(long debitId, DebitAction act, string decidedBy, string reason) =>
        Database.InOneAsync(decided => Get<HeldDebits>().DecideAsync(decided.Connection!, debitId, act, decidedBy, reason, Cancel));

    /// <summary>Delivers as a run does: back-offs aside, each debit once.</summary>
    public async Task<DeliveryResult> DeliverAsync(IServiceProvider? app = null) =>
        await (app ?? Panel.Services).GetRequiredService<Delivery>().DeliverAsync(await NowAsync(), Cancel);

    /// <summary>Delivers with another clock than the machine's.</summary>
    /// <param name="client">Over the bench's own, for one that has this clock too.</param>
    public async Task<DeliveryResult> DeliverAsync(TimeProvider time, VirtFusionClient? client = null) => await new Delivery(
        new Claims(Database.Source, time, Get<IOptions<WalletOptions>>()), Get<Settlements>(), Get<WalletProof>(), client
            ?? Get<VirtFusionClient>(), Get<VirtFusionConnection>(), time,
        Get<IOptions<VirtFusionOptions>>(), Get<IOptions<WalletOptions>>(), Get<ILogger<Delivery>>())
        .DeliverAsync(await NowAsync(), Cancel);

    public Task ResolveAsync() => Get<InDoubt>().ResolveAsync(Cancel);

    public async Task<Debit> DebitAsync(long id) =>
        await Database.InOneAsync(read => DebitQueries.FindAsync(read.Connection!, id, Cancel))
            ?? throw new InvalidOperationException($"There is no debit {id}.");

    public async Task<Claim> ClaimAsync() =>
        await Get<Claims>().TakeAsync(await NowAsync(), Cancel) ?? throw new InvalidOperationException("Nothing to claim.");

    /// <summary>An hour passes for every claim that is under way or in doubt.</summary>
    public Task PassHourAsync() => Database.ExecuteAsync("""
        update cron_service.debits set deadline = deadline - interval '1 hour' where state in ('sending', 'in_doubt')
        """);

    /// <summary>Makes an unchanged balance count: this panel was seen to lower one.</summary>
    public Task ProveAsync() => Database.ExecuteAsync("""
        insert into cron_service.wallet_proofs (debit_id, balance_before_tokens, balance_after_tokens) values (0, 1, 0)
            on conflict do nothing
        """);

    /// <summary>A debit of 10 tokens whose answer was lost an hour ago.</summary>
    /// <param name="moved">Whether the wallet was lowered before the answer was lost.</param>
    public async Task<long> DoubtAsync(int userId, bool moved)
    {
        var id = await OweAsync(userId);
        Faults.Add("POST", Credit, moved ? Fault.Reset().AfterActing() : Fault.Reset(), times: 1);
        await DeliverAsync();
        Assert.Equal(DebitState.InDoubt, (await DebitAsync(id)).State);
        await PassHourAsync();
        return id;
    }

    /// <summary>A debit that waits for a person, and whose wallet didn't move.</summary>
    public async Task<long> HoldAsync(int userId)
    {
        var id = await OweAsync(userId);
        await ClaimAsync();
        await Database.ExecuteAsync("update cron_service.debits set state = 'held', message = 'held by the test' where id = @id",
            ("id", id));
        return id;
    }

    /// <summary>Holds rows of a table until it is disposed.</summary>
    public async Task<HeldLock> LockAsync(string sql, params (string Name, object Value)[] parameters)
    {
        var connection = await Database.Source.OpenConnectionAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await command.ExecuteNonQueryAsync(Cancel);
        return new(connection, transaction);
    }

    public Task<HeldLock> LockDebitAsync(long id) => LockAsync("select from cron_service.debits where id = @id for update", ("id", id));

    public Task<HeldLock> LockAccountsAsync() => LockAsync("select from cron_service.accounts where kind = 'customer' for update");

    public int SentTo(int userId) => VirtFusion.Requests.Count("POST", $"{Credit}{userId}");

    /// <summary>The laws that hold at any moment: nothing appears from nowhere, a balance is the sum of its transfers, and each settled
    /// debit moved its account once.</summary>
    public async Task AssertLawsAsync()
    {
        Assert.Equal(0m, await Database.ScalarAsync<decimal>("select sum(balance_amount) from cron_service.balances"));
        Assert.Equal(0L, await Database.ScalarAsync<long>("""
            select count(*) from cron_service.balances where kind = 'customer' and balance_amount <> owed_amount
            """));
        Assert.Equal(0L, await Database.ScalarAsync<long>("""
            select count(*) from cron_service.debits d full join (select * from cron_service.transfers
                where kind in ('debit', 'refund', 'top_up', 'claw_back')) t
                on t.external_id = d.kind || ':' || d.id
            where (d.state = 'settled') is distinct from (t.id is not null) or t.amount <> d.amount
            """));
        Assert.All(VirtFusion.Credits.GroupBy(credit => credit.Reference1), movements => Assert.Single(movements));
    }

    private Task<DateTimeOffset> NowAsync() => Database.ScalarAsync<DateTimeOffset>("select now()")!;

    public ValueTask DisposeAsync() => Panel.DisposeAsync();

    internal sealed class HeldLock(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public Task CommitAsync() => transaction.CommitAsync(Cancel);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
