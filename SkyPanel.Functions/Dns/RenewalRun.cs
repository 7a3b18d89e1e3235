using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Renews what is due. Each subscription is decided by itself and in its own transactions, so that a run may be killed between any
/// two.</summary>
public sealed class RenewalRun(
    NpgsqlDataSource database, Subscriptions subscriptions, Renewals renewals, Graces graces, OverdueSuspensions suspensions,
    Delivery delivery, VirtFusionClient virtFusion, WalletReadings readings, IOptions<VirtFusionOptions> virtFusionOptions,
    IOptions<DnsOptions> options)
{
    // However many there are, some are renewed before the run's time is up, and the next one goes on after them.
    private const int WalletsAtOnce = 200;

    private const string CutoffSql = "select coalesce(@as_of::timestamptz, now()), now()";

    /// <param name="fence">The right to write; checked in each transaction that charges or suspends.</param>
    /// <param name="isDryRun">True: everything is decided, and nothing is written or taken.</param>
    /// <param name="asOf">Renew as if it were this instant; null, in production, for the database's clock.</param>
    public async Task<RenewalResult> ExecuteAsync(long runId, Fence fence, bool isDryRun, CancellationToken ct, DateTimeOffset? asOf = null)
    {
        var (cutoff, startedAt) = (await database.QueryAsync(CutoffSql, row => (row.GetDateTime(0), row.GetFieldValue<DateTimeOffset>(1)),
            ct, ("as_of", asOf?.UtcDateTime)))[0];
        // What is owed is read before the wallets: a debit that settles in between is then counted once too often, never too seldom.
        var due = await subscriptions.DueAsync(cutoff, ct);
        var tally = new Tally(cutoff);
        var decidable = due.Where(subscription => IsDecidable(subscription, tally)).GroupBy(subscription => subscription.UserId).ToList();
        try
        {
            foreach (var wallets in decidable.Chunk(WalletsAtOnce))
                await DecideAsync(wallets, tally, runId, fence, isDryRun, startedAt.UtcDateTime, ct);
            await suspensions.SuspendAsync(tally.Overdue, tally, runId, fence, ct);
            if (tally.Renewed > 0 && !isDryRun)
                tally.Deliver(await delivery.DeliverAsync(fence.Holder, startedAt, ct));
        }
        // Stopped between two of them: what was decided until then is told.
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        return tally.Result();
    }

    private async Task DecideAsync(IGrouping<int, DueSubscription>[] wallets, Tally tally, long runId, Fence fence, bool isDryRun,
        DateTime startedAt, CancellationToken ct)
    {
        var balances = await ReadBalancesAsync(wallets.Select(wallet => wallet.Key), ct);
        foreach (var wallet in wallets)
        {
            if (!tally.Read(wallet.Key, balances[wallet.Key], out var tokens))
                continue;
            if (!isDryRun)
                await readings.StoreAsync(wallet.Key, tokens, startedAt, ct);
            var owed = wallet.First().OwedAmount;
            foreach (var subscription in wallet)
                owed = await DecideAsync(subscription, tokens, owed, tally, runId, fence, isDryRun, ct);
        }
    }

    private bool IsDecidable(DueSubscription subscription, Tally tally)
    {
        var most = options.Value.MaxCatchUpPeriods;
        var problem = !subscription.HasUser ? "its user no longer exists"
            : subscription.Price is null ? $"its plan {subscription.Plan} is gone or has a price that can't be used"
            : subscription.First(tally.Cutoff).Begun(tally.Cutoff, most + 1).Count() > most
                ? string.Create(CultureInfo.InvariantCulture,
                    $"more than {most} periods (Dns:MaxCatchUpPeriods) are unpaid since {subscription.NextPayment:yyyy-MM-dd}: move its " +
                    $"nextPaymentDate, or allow more")
            : null;
        if (problem is not null)
            tally.Add("data", $"{subscription} is not renewed: {problem}");
        return problem is null;
    }

    // What can't be read stays unknown: nobody is charged, put in grace or suspended on it.
    private async Task<ConcurrentDictionary<int, BalanceReading>> ReadBalancesAsync(IEnumerable<int> users, CancellationToken ct)
    {
        var balances = new ConcurrentDictionary<int, BalanceReading>();
        await Parallel.ForEachAsync(users, new ParallelOptions { MaxDegreeOfParallelism = virtFusionOptions.Value.MaxConcurrency,
            CancellationToken = ct },
            async (user, token) => balances[user] = await virtFusion.ReadBalanceAsync(user, token));
        return balances;
    }

    /// <returns>What the account is known to owe after it.</returns>
    private async Task<decimal> DecideAsync(
        DueSubscription subscription, decimal tokens, decimal owed, Tally tally, long runId, Fence fence, bool isDryRun,
            CancellationToken ct)
    {
        var price = subscription.Price!.Value;
        try
        {
            foreach (var period in subscription.First(tally.Cutoff).Begun(tally.Cutoff, options.Value.MaxCatchUpPeriods))
            {
                ct.ThrowIfCancellationRequested();
                var nextPayment = subscription.IsSuspended ? subscription.NextPayment : period.Start;
                var renewal = !renewals.Affords(tokens, owed + price) ? Renewal.Insufficient
                    : isDryRun ? Renewal.Renewed
                    : await renewals.RenewAsync(subscription, nextPayment, period, tokens, owed, runId, fence, tally.Cutoff, ct);
                if (renewal == Renewal.Insufficient)
                    await NoteInsufficientAsync(subscription, nextPayment, tokens, tally, fence, isDryRun, ct);
                if (renewal != Renewal.Renewed) // Else somebody has dealt with it, or the date was moved on: the next run looks again.
                    return owed;
                owed += price;
                tally.Renew(price);
            }
        }
        catch (PostgresException e) // The database answers, and refuses this one: the others are not to wait for it to be mended.
        {
            tally.Add("database", $"{subscription} is not renewed: {e.MessageText}");
        }
        return owed;
    }

    private async Task NoteInsufficientAsync(
        DueSubscription subscription, DateTime nextPayment, decimal tokens, Tally tally, Fence fence, bool isDryRun, CancellationToken ct)
    {
        if (subscription.IsSuspended || isDryRun)
        {
            tally.Add("data", $"insufficient: {subscription} {(subscription.IsSuspended ? "stays suspended" : "would be in grace")}, the " +
                $"wallet holds {tokens} tokens");
            return;
        }
        var until = await graces.NoteAsync(subscription, nextPayment, fence, tally.Cutoff, ct);
        tally.Lack(new(subscription, nextPayment, until, tokens));
    }
}
