using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Health;

/// <summary>Checks debits, holds and the books.</summary>
public sealed class MoneyChecks(NpgsqlDataSource database, Integrity integrity, IOptions<BillingOptions> billing,
    IOptions<MonitoringOptions> options)
{
    private const string IntegrityName = "integrity";

    // A run that begins a little early is not too early.
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    // VirtFusion shows a wallet's balance but no movements: the check lists debits in doubt for too long, and wallets that the latest runs
    // left below zero, unless the policy suspends them.
    private const string WalletsSql = """
        select (select count(*) from cron_service.debits where state in ('sending', 'in_doubt') and deadline < now() - interval '1 hour')
                   as doubtful,
               (select string_agg(a.user_id::text, ', ' order by a.user_id) from (
                    select distinct d.account_id from cron_service.debits d
                    where d.run_id in (select id from cron_service.runs where job = 'hourly-billing'
                        order by started_at desc, id desc limit 3)
                      and d.kind = 'debit' and d.state = 'settled' and d.balance_before_tokens < d.tokens
                      and exists (select from cron_service.customer_policy
                          where not suspension_enabled or suspension_dry_run) limit 20) as below
                join cron_service.accounts a on a.id = below.account_id) as users_below
        """;

    private const string BacklogSql = """
        select count(*) filter (where next_attempt_at < now() - interval '30 minutes') as overdue,
               count(*) filter (where created_at < now() - interval '6 hours' and not is_short) as old, count(*) as pending,
               exists (select from cron_service.pauses where job in ('hourly-billing', '*')) as is_paused
        from cron_service.debits where state = 'pending'
        """;

    private const string HeldSql = """
        select (select count(*) from cron_service.holds where state = 'open' and scope = 'run') as runs,
               (select count(*) from cron_service.holds where state = 'open' and scope <> 'run') as others,
               (select count(*) from cron_service.debits where state = 'held') as debits
        """;

    private const string SkippedSql = """
        select message from (select status, message from cron_service.runs where job = 'hourly-billing' and status <> 'running'
            order by started_at desc, id desc limit 1) as latest
        where status = 'skipped'
        """;

    // It adds up all charges of all time: however many there are, it takes 5 % of the time at most.
    private const string IsFreshSql = """
        select exists (select from cron_service.checks where name = @name and state = 'ok'
            and checked_at between now() - greatest(@every, 20 * took) and now() + interval '1 minute')
        """;

    public IEnumerable<Check> All =>
    [
        new("wallets", false, (_, ct) => WalletsAsync(ct)),
        new("debit-backlog", true, (_, ct) => BacklogAsync(ct)),
        new("held", true, (_, ct) => HeldAsync(ct)),
        new("interlock", true, (_, ct) => InterlockAsync(ct)),
        new(IntegrityName, false, IntegrityAsync),
    ];

    private async Task<Finding?> WalletsAsync(CancellationToken ct)
    {
        var (doubtful, below) = (await database.QueryAsync(WalletsSql, row => (row.Get<long>("doubtful"),
            row.Nullable<string>("users_below")), ct))[0];
        return doubtful > 0 ? Finding.Failing(
            $"The fate of {doubtful} debits has not been known for more than an hour: their wallets' balances can't be read. List: GET " +
            $"/api/admin/billing/debits?state=waiting.", kind: "data")
            : below is not null ? Finding.Failing(
                $"The latest runs left wallets below zero: users {below}. Their servers run on; decide whether they may.", kind: "data")
            : Finding.Ok("every debit's fate is known, and no wallet is below zero");
    }

    private async Task<Finding?> BacklogAsync(CancellationToken ct)
    {
        var (overdue, old, pending, isPaused) = (await database.QueryAsync<Backlog>(BacklogSql, ct))[0];
        return isPaused && overdue + old > 0
            ? Finding.Failing($"{pending} debits are pending while billing is paused: they are taken when it is resumed.",
            "See Pause and cancel in docs/operations.md.", "data")
            : overdue > 0 ? Finding.Failing(
                $"{overdue} of {pending} pending debits have been due for more than 30 min: nobody delivers them; see VirtFusion's " +
                $"answers in their message.", kind: "api")
            : old > 0 ? Finding.Failing(
                $"{old} of {pending} pending debits are older than 6 h: VirtFusion refuses them; GET " +
                $"/api/admin/billing/accounts/{{userId}} says why.", kind: "api")
            : Finding.Ok($"{pending} debits are pending.");
    }

    private async Task<Finding?> HeldAsync(CancellationToken ct)
    {
        var (runs, others, debits) = (await database.QueryAsync<Waiting>(HeldSql, ct))[0];
        const string decide = "List: GET /api/admin/billing/holds and GET /api/admin/billing/debits?state=waiting. Decide: POST to one " +
            "of them, with its number and the act.";
        return runs > 0 ? Finding.Failing(
            $"A run was beyond its bound: nothing is charged for anybody until that is decided. Besides, {others} holds and {debits} " +
            $"debits wait.", decide, "data")
            : others + debits > 0 ? Finding.Failing($"{others} holds of hours and {debits} debits wait for a person.", decide, "data")
            : Finding.Ok("Nothing waits for a person.");
    }

    private async Task<Finding?> InterlockAsync(CancellationToken ct)
    {
        if (!billing.Value.IsInterlockOn)
            return Finding.Off("The interlock is switched off.", "Set Billing__Interlock to on, unless the panel can't bill.");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (await Interlock.StandingAsync(connection, ct) is { } sign)
            return Finding.Failing($"Nothing is billed: {sign}.",
                "Look at what it took, switch it off, then enable hourly-billing again: see The interlock in docs/operations.md.", "data");
        return await connection.FindAsync<string>(SkippedSql, ct) is { } reason
            ? Finding.Failing($"Nothing is billed: {reason}.", "See The interlock in docs/operations.md.", "data")
            : Finding.Ok("No other engine bills.");
    }

    // Over millions of charges it takes long, so it has an interval of its own.
    private async Task<Finding?> IntegrityAsync(CheckPass pass, CancellationToken ct)
    {
        if (!pass.IsByHand && await database.ScalarAsync<bool>(IsFreshSql, ct, ("name", IntegrityName),
            ("every", options.Value.IntegrityEvery - Early)))
            return null;
        var report = await integrity.CheckAsync(ct);
        return report.Ok ? Finding.Ok($"{report.Checks.Count} laws hold")
            : Finding.Failing($"A law of money is broken, see GET /api/admin/billing/integrity. " +
                $"{string.Join(" ", report.Checks.Where(check => !check.Ok).Select(check =>
                $"{check.Law} Broken {check.Violations} times: {string.Join("; ", check.Examples)}."))}", kind: "data");
    }

    private sealed record Backlog(long Overdue, long Old, long Pending, bool IsPaused);

    private sealed record Waiting(long Runs, long Others, long Debits);
}
