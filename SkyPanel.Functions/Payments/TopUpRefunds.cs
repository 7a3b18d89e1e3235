namespace SkyPanel.Functions.Payments;

/// <summary>Stores refunds that an operator ordered, and sends them as the same request until PayPal answers.</summary>
public sealed class TopUpRefunds(NpgsqlDataSource database, PayPalClient payPal, ILogger<TopUpRefunds> logger)
{
    private const string OpenSql = """
        insert into cron_service.top_up_refunds (top_up_id, amount, requested_by, reason) values (@top_up_id, @amount, @by, @reason)
        on conflict do nothing returning id
        """;

    private const string OrderedSql =
        "select id, reference::text as reference, amount from cron_service.top_up_refunds where top_up_id = @top_up_id and " +
        "state = 'ordered'";

    private const string DoneSql =
        "select refund_id as id, amount from cron_service.top_up_refunds where top_up_id = @top_up_id and state = 'done'";

    private const string CloseSql = """
        update cron_service.top_up_refunds set state = @state, refund_id = @refund_id::text, message = @message::text, closed_at = now()
            where id = @id and state = 'ordered'
        """;

    /// <summary>Opens a refund in the caller's transaction, which has locked the top-up's row.</summary>
    /// <returns>False while another refund is open.</returns>
    public static async Task<bool> OpenAsync(NpgsqlConnection connection, long topUpId, decimal amount, string requestedBy,
        string reason) =>
        (await connection.QueryAsync<long>(OpenSql, CancellationToken.None, ("top_up_id", topUpId), ("amount", amount),
            ("by", requestedBy), ("reason", reason))).Count == 1;

    /// <returns>The refunds that PayPal has made.</returns>
    public Task<List<OwnRefund>> DoneAsync(TopUp topUp, CancellationToken ct) =>
        database.QueryAsync<OwnRefund>(DoneSql, ct, ("top_up_id", topUp.Id));

    /// <summary>Sends the open refund, if there is one.</summary>
    /// <returns>False when the outcome is unknown, and the next step sends it again.</returns>
    public async Task<bool> SendAsync(TopUp topUp, CancellationToken ct)
    {
        if (await database.QueryAsync(OrderedSql, row => (Id: row.Get<long>("id"), Reference: row.Get<string>("reference"),
            Amount: row.Get<decimal>("amount")), ct, ("top_up_id", topUp.Id)) is not [var ordered])
            return true;
        if (topUp.DisputeState == DisputeState.Lost && ordered.Amount > topUp.KeptAmount)
        {
            await CloseAsync(RefundState.Refused, null, "its dispute was lost: PayPal has given the money back");
            return true;
        }
        switch (await payPal.RefundAsync(topUp.CaptureId!, ordered.Reference, topUp.Captured! with { Value = ordered.Amount }, ct))
        {
            case PayPalOutcome<string>.Done(var refundId):
                await CloseAsync(RefundState.Done, refundId, null);
                return true;
            case PayPalOutcome<string>.Refused(_, _, var message):
                logger.LogWarning("Top-up {TopUpId}: PayPal refused a refund of {Amount}: {Reason}", topUp.Id, ordered.Amount, message);
                await CloseAsync(RefundState.Refused, null, message);
                return true;
            case PayPalOutcome<string>.InDoubt(var reason, _):
                logger.LogWarning("Top-up {TopUpId}: nobody knows whether {Amount} was refunded, it is asked again: {Reason}", topUp.Id,
                    ordered.Amount, reason);
                return false;
            default:
                return false;
        }

        Task CloseAsync(RefundState state, string? refundId, string? message) =>
            database.ExecuteAsync(CloseSql, CancellationToken.None, ("id", ordered.Id), ("state", state.Text()), ("refund_id", refundId),
                ("message", message));
    }
}

/// <summary>A refund that an operator ordered and PayPal made.</summary>
/// <param name="Id">Its id at PayPal.</param>
public sealed record OwnRefund(string Id, decimal Amount);
