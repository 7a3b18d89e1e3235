using SkyPanel.Functions.Metering;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Customers;

/// <summary>Carries out orders to suspend and resume: each server is claimed, checked, ordered, and checked again.</summary>
public sealed class SuspensionSteps(
    SuspensionClaims claims, SuspensionOrders orders, PolicyRun policy, WatchedWallets wallets, Standings standings,
    VirtFusionClient virtFusion, Observer observer, TimeProvider time, ILogger<SuspensionSteps> logger)
{
    private const int MaxConcurrentAccounts = 4;
    private const string TookTooLong = "VirtFusion took too long";

    // The time for sending an order after its claim. The claim outlasts it and VirtFusion's answer.
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryWait = TimeSpan.FromMinutes(1), LateAnswerWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FreshReading = TimeSpan.FromSeconds(20), AbandonedWait = TimeSpan.FromDays(1);

    // Long enough for an observation to show whether the server is suspended.
    private static readonly TimeSpan ObservationWait = TimeSpan.FromMinutes(10);

    /// <summary>Takes the steps of all due servers, account by account. A failure of one account doesn't delay the others.</summary>
    /// <param name="ct">Stops between servers, and before an order is sent.</param>
    public async Task AdvanceDueAsync(CancellationToken ct)
    {
        var accounts = (await claims.DueAsync(ct)).GroupBy(due => due.AccountId).ToList();
        var obstacle = FindObstacleOnce(ct);
        await Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrentAccounts,
            CancellationToken = ct },
            async (account, token) => await TryAsync(account.Key, [.. account], obstacle, token));
    }

    /// <summary>Takes the steps of one account, due or not.</summary>
    public async Task AdvanceAsync(long accountId, CancellationToken ct) =>
        await TryAsync(accountId, await claims.OfAccountAsync(accountId, ct), FindObstacleOnce(ct), ct);

    // It asks VirtFusion: once for all orders of the policy, and not at all where there is none.
    private Lazy<Task<string?>> FindObstacleOnce(CancellationToken ct) => new(() => policy.FindObstacleAsync(ct));

    private async Task TryAsync(long accountId, List<DueSuspension> all, Lazy<Task<string?>> obstacle, CancellationToken ct)
    {
        try
        {
            var suspended = false;
            foreach (var due in all.TakeWhile(_ => !ct.IsCancellationRequested))
                suspended |= await StepAsync(due, obstacle, ct);
            // A payment that arrived meanwhile resumes the servers at once.
            if (suspended && await wallets.ReadAsync(accountId, TimeSpan.Zero, CancellationToken.None)
                && await orders.ResumePaidAsync(accountId, CancellationToken.None) > 0)
            {
                foreach (var due in await claims.OfAccountAsync(accountId, CancellationToken.None))
                    await StepAsync(due, obstacle, CancellationToken.None);
            }
            await standings.UpdateAsync([accountId], CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            logger.LogWarning("Suspensions of account {AccountId} are left as they stand: {Reason}", accountId, e.Message);
        }
    }

    /// <returns>Whether this step suspended the server.</returns>
    private async Task<bool> StepAsync(DueSuspension due, Lazy<Task<string?>> obstacle, CancellationToken ct)
    {
        // Before the claim, since VirtFusion may take longer than the claim lasts.
        var why = due.IsOrderOfPolicy ? await obstacle.Value : null;
        var deadline = new SendDeadline(time, SendWithin);
        if (await claims.TakeAsync(due.Id, ct) is not { } suspension)
            return false;
        try
        {
            var seen = await observer.LookUpAsync(suspension.ServerId, ct);
            switch (suspension.State)
            {
                case SuspensionState.Ordered:
                    return await SuspendAsync(suspension, seen, why, deadline, ct);
                case SuspensionState.Resuming:
                    await ResumeAsync(suspension, seen, deadline);
                    return false;
                default:
                    await CompareAsync(suspension, seen);
                    return false;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // Before an order: it is the next one's turn.
        {
            await claims.WriteAsync(suspension, suspension.State, TookTooLong, RetryWait);
            return false;
        }
    }

    private async Task<bool> SuspendAsync(Suspension suspension, ServerLookup seen, string? obstacle, SendDeadline deadline,
        CancellationToken ct)
    {
        switch (seen)
        {
            case ServerLookup.Unknown(var reason):
                await claims.WriteAsync(suspension, SuspensionState.Ordered, $"it can't be looked at: {reason}", RetryWait);
                return false;
            case ServerLookup.Gone:
                await LeaveAloneAsync(suspension, "VirtFusion has no such server any more");
                return false;
            // Our order suspended it: the answer was lost, or the process died before the confirmation.
            case ServerLookup.Found({ IsSuspended: true }) when suspension.IsSent:
                return await ConfirmAsync(suspension);
            case ServerLookup.Found({ IsSuspended: true }):
                await LeaveAloneAsync(suspension, "it is suspended already, by somebody else", ObservationWait);
                return false;
            case ServerLookup.Found({ IsProtected: not false } server):
                await LeaveAloneAsync(suspension, server.IsProtected is null ? "VirtFusion doesn't say whether it is protected"
                    : "it is protected in VirtFusion");
                return false;
            case ServerLookup.Found({ OwnerId: null }):
                await LeaveAloneAsync(suspension, "VirtFusion doesn't say whose it is");
                return false;
            case ServerLookup.Found(var server) when server.OwnerId != suspension.OwnerId:
                await LeaveAloneAsync(suspension,
                    $"it belongs to VirtFusion user {server.OwnerId}, not to {suspension.OwnerId} as in the panel");
                return false;
        }
        if (obstacle is not null)
        {
            await claims.WriteAsync(suspension, SuspensionState.Ordered, obstacle, RetryWait);
            return false;
        }
        if (!await wallets.ReadAsync(suspension.AccountId, FreshReading, ct))
        {
            await claims.WriteAsync(suspension, SuspensionState.Ordered, "the balance can't be read", RetryWait);
            return false;
        }
        if (deadline.HasPassed)
        {
            await claims.WriteAsync(suspension, SuspensionState.Ordered, TookTooLong, RetryWait);
            return false;
        }
        if (!await claims.SendAsync(suspension, ((ServerLookup.Found)seen).Server))
        {
            await StandDownAsync(suspension);
            return false;
        }
        // Once it is marked as sent, it is sent and confirmed.
        var (problem, isRefused) = await virtFusion.OrderSuspensionAsync(suspension.ServerId, isSuspended: true, deadline,
            CancellationToken.None);
        if (await observer.LookUpAsync(suspension.ServerId, CancellationToken.None) is ServerLookup.Found({ IsSuspended: true }))
            return await ConfirmAsync(suspension);
        var shown = $"VirtFusion doesn't show it as suspended: {problem ?? "it accepted the order"}";
        await claims.WriteAsync(suspension, SuspensionState.Ordered, shown, RetryWait, isRefused: isRefused);
        return false;
    }

    private async Task<bool> ConfirmAsync(Suspension suspension)
    {
        if (!await claims.WriteAsync(suspension, SuspensionState.Suspended, null))
            return false;
        logger.LogWarning("Server {ServerId} of user {UserId} is suspended: no money", suspension.ServerId, suspension.UserId);
        return true;
    }

    // An unsent order is cancelled. A sent one may still take effect: the server is checked until it can't any more.
    private async Task StandDownAsync(Suspension suspension)
    {
        const string why = "it may no longer be suspended";
        if (!suspension.IsSent)
            await claims.WriteAsync(suspension, SuspensionState.Abandoned, why);
        else if (await claims.HasMoneyAsync(suspension))
            await claims.WriteAsync(suspension, SuspensionState.Resuming, why, default, "money", "there is money again");
        else
            await claims.WriteAsync(suspension, SuspensionState.Resuming, why, default, SuspensionOrders.ByPolicy, why);
    }

    private async Task LeaveAloneAsync(Suspension suspension, string why, TimeSpan? wait = null)
    {
        if (suspension.IsLateAnswerOver)
            await claims.WriteAsync(suspension, SuspensionState.Abandoned, why, wait ?? AbandonedWait);
        else
            await claims.WriteAsync(suspension, SuspensionState.Ordered, why, LateAnswerWait);
        logger.LogWarning("Server {ServerId} of user {UserId} is not suspended: {Reason}", suspension.ServerId, suspension.UserId, why);
    }

    private async Task ResumeAsync(Suspension suspension, ServerLookup seen, SendDeadline deadline)
    {
        if (seen is ServerLookup.Gone && suspension.IsSeenGone)
        {
            await claims.WriteAsync(suspension, SuspensionState.Abandoned, "VirtFusion has no such server any more");
            return;
        }
        string? problem = null;
        if (seen is ServerLookup.Found({ IsSuspended: true }))
        {
            (problem, _) = await virtFusion.OrderSuspensionAsync(suspension.ServerId, isSuspended: false, deadline, CancellationToken.None);
            seen = await observer.LookUpAsync(suspension.ServerId, CancellationToken.None);
        }
        if (seen is ServerLookup.Found({ IsSuspended: false }) && suspension.IsLateAnswerOver)
        {
            await claims.WriteAsync(suspension, SuspensionState.Resumed, null);
            logger.LogInformation("Server {ServerId} of user {UserId} is resumed", suspension.ServerId, suspension.UserId);
            return;
        }
        var (why, wait) = seen switch
        {
            ServerLookup.Found({ IsSuspended: false }) => ("it runs; a suspension that was ordered before may still come", LateAnswerWait),
            ServerLookup.Found => ($"VirtFusion still shows it as suspended: {problem ?? "it accepted the order"}", RetryWait),
            ServerLookup.Gone => ("VirtFusion says that it has no such server", RetryWait),
            ServerLookup.Unknown(var reason) => ($"it can't be looked at: {reason}", RetryWait),
            _ => throw new InvalidOperationException($"{seen} is no known look-up."),
        };
        await claims.WriteAsync(suspension, SuspensionState.Resuming, why, wait);
    }

    // An observation showed it running or gone: somebody else resumed or deleted it, so the suspension ends.
    private Task<bool> CompareAsync(Suspension suspension, ServerLookup seen) => seen switch
    {
        ServerLookup.Found({ IsSuspended: false }) => claims.WriteAsync(suspension, SuspensionState.Resumed, null, default, "somebody else",
            "it was seen running"),
        ServerLookup.Gone when suspension.IsSeenGone => claims.WriteAsync(suspension, SuspensionState.Abandoned,
            "VirtFusion has no such server any more"),
        _ => claims.WriteAsync(suspension, SuspensionState.Suspended, null, RetryWait),
    };
}
