namespace SkyPanel.Functions.Payments;

/// <summary>Reads PayPal's list of disputes once an hour, and attaches those of our payments, as a webhook does.</summary>
public sealed class DisputeSweep(NpgsqlDataSource database, PayPalClient payPal, ILogger<DisputeSweep> logger)
{
    private const int MaxPages = 20, MaxDisputes = 100;

    // Without a payment there is nothing to ask. PayPal lists the last 180 days, and may list a change late.
    private const string BeginSql = """
        update cron_service.dispute_sweep s set swept_at = now()
        from (select min(captured_at) as first_at from cron_service.top_ups where captured_at is not null) t
        where s.swept_at <= now() - interval '1 hour' and t.first_at is not null
        returning greatest(coalesce(s.updated_until, t.first_at) - interval '1 hour', now() - interval '179 days')
        """;

    // A payer's open dispute gives way to none but itself, unless PayPal has closed it. One that was replaced itself replaces none.
    private const string AttachSql = """
        update cron_service.top_ups set dispute_id = @dispute_id, woken_at = clock_timestamp(), next_look_at = now(),
            dispute_state = case when @state = 'open' then @state else dispute_state end
        where capture_id = any(@capture_ids) and (dispute_id = @dispute_id and dispute_state is distinct from @state
            or dispute_id is null or dispute_id <> @dispute_id and not @is_replaced
                and (dispute_state is distinct from 'open' or dispute_id = any(@closed_ids)))
        """;

    // One that gives way to an open dispute is followed when that one is closed.
    private const string PassOverSql = """
        update cron_service.top_ups set other_dispute_id = @dispute_id
        where capture_id = any(@capture_ids) and dispute_id <> @dispute_id and dispute_state = 'open'
        """;

    private const string OtherOpenSql = """
        select distinct dispute_id from cron_service.top_ups
        where capture_id = any(@capture_ids) and dispute_id <> @dispute_id and dispute_state = 'open'
        """;

    private const string ProgressSql = """
        update cron_service.dispute_sweep set updated_until = greatest(updated_until, least(@updated_at, now()))
        """;

    /// <returns>The problem that kept it from reading all; null without one, also when it is not due.</returns>
    public async Task<string?> SweepAsync(CancellationToken ct)
    {
        if (await database.FindAsync<DateTime?>(BeginSql, ct) is not { } from)
            return null;
        var (listed, problem) = await ListAsync(from, ct);
        // The earliest change first: what is left out is read by the next sweep.
        foreach (var one in listed.OrderBy(one => one.UpdatedAt).Take(MaxDisputes))
        {
            switch (await payPal.FindDisputeAsync(one.Id, ct))
            {
                case PayPalOutcome<PayPalDispute>.Done(var dispute):
                    if (await AttachAsync(dispute, ct) is { } doubt)
                        return doubt;
                    break;
                case PayPalOutcome<PayPalDispute>.InDoubt(var reason, _):
                    return $"dispute {one.Id}: {reason}";
                case PayPalOutcome<PayPalDispute>.Refused(_, _, var message):
                    logger.LogWarning("PayPal lists the dispute {DisputeId} and doesn't show it: {Reason}", one.Id, message);
                    break;
            }
            await database.ExecuteAsync(ProgressSql, ct, ("updated_at", one.UpdatedAt.UtcDateTime));
        }
        return problem;
    }

    /// <returns>The problem that kept it from deciding; null without one.</returns>
    private async Task<string?> AttachAsync(PayPalDispute dispute, CancellationToken ct)
    {
        (string, object?)[] id = [("dispute_id", dispute.Id), ("capture_ids", dispute.CaptureIds.ToArray())];
        var closed = new List<string>();
        foreach (var other in dispute.IsReplaced ? [] : await database.QueryAsync<string>(OtherOpenSql, ct, id))
        {
            switch (await payPal.FindDisputeAsync(other, ct))
            {
                case PayPalOutcome<PayPalDispute>.Done { Value.IsResolved: true }:
                    closed.Add(other);
                    break;
                case PayPalOutcome<PayPalDispute>.InDoubt(var reason, _):
                    return $"dispute {other}: {reason}";
            }
        }
        await database.ExecuteAsync(AttachSql, ct, [.. id, ("state", dispute.State.Text()), ("is_replaced", dispute.IsReplaced),
            ("closed_ids", closed.ToArray())]);
        if (!dispute.IsReplaced)
            await database.ExecuteAsync(PassOverSql, ct, id);
        return null;
    }

    private async Task<(IReadOnlyList<ListedDispute> Listed, string? Problem)> ListAsync(DateTime from, CancellationToken ct)
    {
        var listed = new Dictionary<string, ListedDispute>();
        for (var page = 1; page <= MaxPages; page++)
        {
            switch (await payPal.ListDisputesAsync(from, page, ct))
            {
                case PayPalOutcome<PayPalDisputes>.Done(var found):
                    foreach (var one in found.Items)
                        listed[one.Id] = one;
                    if (!found.HasMore)
                        return ([.. listed.Values], null);
                    break;
                case PayPalOutcome<PayPalDisputes>.Refused(_, _, var message):
                    return ([], message);
                case PayPalOutcome<PayPalDisputes>.InDoubt(var reason, _):
                    return ([], reason);
            }
        }
        return ([], $"more than {MaxPages} pages");
    }
}
