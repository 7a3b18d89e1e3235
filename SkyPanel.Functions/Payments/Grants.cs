using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Payments;

/// <summary>Aligns the tokens of a paid top-up with the money that is left of it: grants them once, and takes tokens back for returned
/// money.</summary>
public sealed class Grants(NpgsqlDataSource database)
{
    private static readonly string TooMany = $"it is worth more than {TopUpDebits.MaxTokens} tokens";

    // Locks the row first; its debits are read by a later statement.
    private const string LockSql = $"""
        select {TopUp.Columns} from cron_service.top_ups t join cron_service.accounts a on a.id = t.account_id
        where t.id = @id and t.claim_number = @claim_number for update of t
        """;

    private const string WriteSql = """
        update cron_service.top_ups set state = @state, message = @message::text where id = @id and state <> @state
        """;

    /// <summary>Opens the next debit, if one is needed.</summary>
    /// <param name="claimed">The claim of a step. Nothing is done if the top-up was claimed again since.</param>
    /// <returns>Whether a debit was opened.</returns>
    public async Task<bool> AlignAsync(TopUp claimed, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var isOpened = (await connection.QueryAsync<TopUp>(LockSql, ct, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber)))
            is [var topUp]
            && await AlignAsync(connection, topUp, isByPerson: false, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return isOpened;
    }

    /// <summary>Opens the next debit of a row that the caller has locked.</summary>
    /// <param name="isByPerson">Whether a person grants a held top-up.</param>
    public static async Task<bool> AlignAsync(NpgsqlConnection connection, TopUp topUp, bool isByPerson, CancellationToken ct)
    {
        if (topUp.CapturedAt is null || topUp.State is TopUpState.Pending or TopUpState.Denied)
            return false;
        var tokens = await TopUpDebits.FindAsync(connection, topUp.Id, ct);
        var isOpened = false;
        if (!topUp.IsDisputed && MayGrant(topUp, tokens, isByPerson))
            isOpened = await TopUpDebits.GrantAsync(connection, topUp.Id, topUp.AccountId, topUp.KeptTokens, topUp.TokensPerUnit,
                $"Top-up {topUp.Id}: {topUp.Captured} paid by PayPal");
        else if (!topUp.IsDisputed && isByPerson && tokens.MissingOf(topUp.KeptTokens) is > 0 and var missing)
            isOpened = await TopUpDebits.GrantAsync(connection, topUp.Id, topUp.AccountId, missing, topUp.TokensPerUnit,
                $"Top-up {topUp.Id}: given again, as PayPal decided its dispute otherwise");
        else if (!topUp.IsDisputed && tokens.IsGiven && !tokens.IsTakingBack
            && tokens.Granted - tokens.TakenBack - topUp.KeptTokens is > 0 and var excess)
            isOpened = await TopUpDebits.TakeBackAsync(connection, topUp.Id, topUp.AccountId, excess, topUp.TokensPerUnit,
                $"Top-up {topUp.Id}: given back by PayPal", topUp.ClawBackHold);
        var (state, message) = StateOf(topUp, isOpened ? await TopUpDebits.FindAsync(connection, topUp.Id, ct) : tokens);
        await connection.ExecuteAsync(WriteSql, ct, ("id", topUp.Id), ("state", state.Text()), ("message", message));
        return isOpened;
    }

    /// <summary>Returns the reason why a person can't grant it; null if it can be granted.</summary>
    public static string? FindObstacle(TopUp topUp) => topUp switch
    {
        not { State: TopUpState.Held, IsDisputed: false } => $"it is {topUp.State.Text()}, not held",
        { CapturedAt: null } => "PayPal shows no payment for it: refund it to close it",
        { KeptTokens: 0 } => "nothing is left of its money: refund it",
        { KeptTokens: > TopUpDebits.MaxTokens } => $"{TooMany}: refund it",
        { RefundState: RefundState.Ordered } => "a refund of it is in progress",
        _ => topUp.Captured!.Currency == topUp.Amount.Currency ? null : $"it was paid in {topUp.Captured.Currency}: refund it",
    };

    private static bool MayGrant(TopUp topUp, TopUpTokens tokens, bool isByPerson) =>
        tokens.GrantState is null && topUp.KeptTokens is > 0 and <= TopUpDebits.MaxTokens
            && (isByPerson || !tokens.IsGrantVoided && topUp.Difference is null);

    private static (TopUpState State, string? Message) StateOf(TopUp topUp, TopUpTokens tokens) => topUp switch
    {
        { IsDisputed: true } => (TopUpState.Disputed,
            "the payer claims the money back: answer it at PayPal, nothing is moved until it is decided there"),
        _ when tokens.IsBeingGiven => (TopUpState.Granting, null),
        // PayPal may have given back less than it shows, and a restored database may lack a grant: a person looks first.
        _ when tokens.MissingOf(topUp.KeptTokens) is > 0 and var missing => (TopUpState.Held, $"{missing} tokens were taken back, and " +
            $"PayPal shows their money as yours after all, as when a dispute is won on appeal{(topUp.ClawBackHold is null ? ""
                : $"; {topUp.ClawBackHold}")}"),
        { KeptAmount: 0, DisputeState: DisputeState.Lost } => (TopUpState.Lost, null),
        _ when tokens.GrantState is null => topUp.KeptAmount == 0 ? (TopUpState.Refunded, null)
            : tokens.IsGrantVoided ? (TopUpState.Held, "a person voided the debit that was to give its tokens")
            : topUp.Difference is not null ? (TopUpState.Held, topUp.Difference)
            : topUp.KeptTokens > TopUpDebits.MaxTokens ? (TopUpState.Held, TooMany)
            : (TopUpState.Captured, null),
        { DisputeState: DisputeState.Lost } => (TopUpState.Lost, null),
        _ when topUp.ReturnedAmount >= topUp.Captured!.Value => (TopUpState.Refunded, null),
        { ReturnedAmount: > 0 } => (TopUpState.PartlyRefunded, null),
        { DisputeState: DisputeState.Won } => (TopUpState.Won, null),
        _ => (TopUpState.Granted, null),
    };
}
