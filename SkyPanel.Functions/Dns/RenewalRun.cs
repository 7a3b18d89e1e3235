using System.Collections.Concurrent;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Renews due subscriptions, each in its own transactions, so that a run may be killed between any two.</summary>
public sealed class RenewalRun(
    NpgsqlDataSource database, Subscriptions subscriptions, Renewals renewals, GracePeriods gracePeriods, OverdueSuspensions suspensions,
    Delivery delivery, VirtFusionClient virtFusion, WalletReadings readings, IOptions<VirtFusionOptions> virtFusionOptions,
    IOptions<DnsOptions> options)
{
    // In batches, so that some are renewed before the run's time box ends, and the next run continues after them.
    private const int BatchSize = 200;

    private const string CutoffSql = "select coalesce(@as_of::timestamptz, now()) as cutoff, now() as started_at";

    // A delivery also takes what others owe.
    private const string TokensSql = "select tokens from cron_service.run_figures(@run_id)";

    /// <param name="fence">The right to write; checked in each transaction that charges or suspends.</param>
    /// <param name="isDryRun">Decides everything, and writes and takes nothing.</param>
    /// <param name="asOf">The instant to renew at; null, in production, for the database's clock.</param>
    public async Task<RenewalResult> ExecuteAsync(long runId, Fence fence, bool isDryRun, CancellationToken ct, DateTimeOffset? asOf = null)
    {
        var (cutoff, startedAt) = (await database.QueryAsync(CutoffSql,
            row => (row.Get<DateTime>("cutoff"), row.Get<DateTimeOffset>("started_at")), ct, ("as_of", asOf?.UtcDateTime)))[0];
        // Owed amounts are read before the wallets: a debit that settles in between is counted twice rather than not at all.
        var due = await subscriptions.DueAsync(cutoff, ct);
        var progress = new RenewalResult(cutoff);
        var decidable = due.Where(subscription => IsDecidable(subscription, progress)).GroupBy(subscription => subscription.UserId);
        try
        {
            foreach (var wallets in decidable.Chunk(BatchSize))
                await DecideAsync(wallets, progress, runId, fence, isDryRun, startedAt.UtcDateTime, ct);
            await suspensions.SuspendAsync(progress.Overdue, progress, runId, fence, ct);
            if (progress.Renewed > 0 && !isDryRun)
            {
                var delivered = await delivery.DeliverAsync(startedAt, ct);
                progress.Add(delivered, await database.ScalarAsync<long>(TokensSql, CancellationToken.None, ("run_id", runId)));
            }
        }
        // Stopped between two subscriptions: the result has those before.
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        return progress;
    }

    private async Task DecideAsync(IGrouping<int, DueSubscription>[] wallets, RenewalResult progress, long runId, Fence fence,
        bool isDryRun, DateTime startedAt, CancellationToken ct)
    {
        var balances = await ReadBalancesAsync(wallets.Select(wallet => wallet.Key), ct);
        foreach (var wallet in wallets)
        {
            if (!progress.TryAdd(wallet.Key, balances[wallet.Key], out var tokens))
                continue;
            if (!isDryRun)
                await readings.StoreAsync(wallet.Key, tokens, startedAt, ct);
            var owed = wallet.First().OwedAmount;
            foreach (var subscription in wallet)
                owed = await DecideAsync(subscription, tokens, owed, progress, runId, fence, isDryRun, ct);
        }
    }

    private bool IsDecidable(DueSubscription subscription, RenewalResult progress)
    {
        var max = options.Value.MaxCatchUpPeriods;
        var problem = !subscription.HasUser ? "its user no longer exists"
            : subscription.Price is null ? $"its plan {subscription.Plan} is gone or has a price that can't be used"
            : subscription.First(progress.Cutoff).BegunBy(progress.Cutoff, max + 1).Count() > max
                ? string.Create(CultureInfo.InvariantCulture,
                    $"more than {max} periods (Dns:MaxCatchUpPeriods) are unpaid since {subscription.NextPayment:yyyy-MM-dd}: move its " +
                    $"nextPaymentDate, or allow more")
            : null;
        if (problem is not null)
            progress.Add("data", $"{subscription} is not renewed: {problem}");
        return problem is null;
    }

    // Nobody is charged, put in grace or suspended without a reading.
    private async Task<ConcurrentDictionary<int, BalanceReading>> ReadBalancesAsync(IEnumerable<int> users, CancellationToken ct)
    {
        var balances = new ConcurrentDictionary<int, BalanceReading>();
        await Parallel.ForEachAsync(users, new ParallelOptions { MaxDegreeOfParallelism = virtFusionOptions.Value.MaxConcurrency,
            CancellationToken = ct },
            async (user, token) => balances[user] = await virtFusion.ReadBalanceAsync(user, token));
        return balances;
    }

    /// <returns>The amount that the account owes after it.</returns>
    private async Task<decimal> DecideAsync(
        DueSubscription subscription, decimal tokens, decimal owed, RenewalResult progress, long runId, Fence fence, bool isDryRun,
            CancellationToken ct)
    {
        var price = subscription.Price!.Value;
        try
        {
            foreach (var period in subscription.First(progress.Cutoff).BegunBy(progress.Cutoff, options.Value.MaxCatchUpPeriods))
            {
                ct.ThrowIfCancellationRequested();
                var nextPayment = subscription.IsSuspended ? subscription.NextPayment : period.Start;
                var renewal = !renewals.Affords(tokens, owed + price) ? Renewal.Insufficient
                    : isDryRun ? Renewal.Renewed
                    : await renewals.RenewAsync(subscription, nextPayment, period, tokens, owed, runId, fence, progress.Cutoff, ct);
                if (renewal == Renewal.Insufficient)
                    await RecordShortAsync(subscription, nextPayment, tokens, progress, fence, isDryRun, ct);
                if (renewal != Renewal.Renewed) // The next run decides again.
                    return owed;
                owed += price;
                progress.AddRenewed(price);
            }
        }
        catch (PostgresException e) // Refused for this subscription: the others don't wait for it.
        {
            progress.Add("database", $"{subscription} is not renewed: {e.MessageText}");
        }
        return owed;
    }

    private async Task RecordShortAsync(
        DueSubscription subscription, DateTime nextPayment, decimal tokens, RenewalResult progress, Fence fence, bool isDryRun,
            CancellationToken ct)
    {
        if (subscription.IsSuspended || isDryRun)
        {
            progress.Add("data", $"insufficient: {subscription} {(subscription.IsSuspended ? "stays suspended" : "would be in grace")}, " +
                $"the wallet holds {tokens} tokens");
            return;
        }
        var until = await gracePeriods.BeginAsync(subscription, nextPayment, fence, progress.Cutoff, ct);
        progress.AddShort(new(subscription, nextPayment, until, tokens));
    }
}
