namespace SkyPanel.Functions.Wallet;

/// <summary>Opens the debits that give the tokens of a top-up and take them back. They are delivered like every debit.</summary>
public static class TopUpDebits
{
    /// <summary>The most tokens of one debit, as for debits of what is owed: VirtFusion's tokens are 32-bit integers.</summary>
    public const long MaxTokens = 2_000_000_000;

    private const string OpenSql = """
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, top_up_id, again_after, state, message)
        values (@account_id, @kind, @tokens, @tokens / @tokens_per_unit, @reference, @top_up_id,
            case when @kind = 'grant' then (select max(d.id) from cron_service.debits d
                where d.top_up_id = @top_up_id and d.kind = 'claw_back') end,
            case when @hold::text is null then 'pending' else 'held' end, @hold::text)
        on conflict do nothing
        """;

    // Voided tokens count as taken back: they were forgiven.
    private const string FindSql = """
        select (select d.state from cron_service.debits d where d.top_up_id = @top_up_id and d.kind = 'grant'
            and d.state <> 'voided' order by d.id desc limit 1) as grant_state,
               exists (select from cron_service.debits d where d.top_up_id = @top_up_id and d.kind = 'grant'
                   and d.state = 'voided') as is_grant_voided,
               coalesce(sum(d.tokens) filter (where d.kind = 'grant' and d.state <> 'voided'), 0)::bigint as granted,
               coalesce(sum(d.tokens) filter (where d.kind = 'claw_back'), 0)::bigint as taken_back,
               coalesce(sum(d.tokens) filter (where d.kind = 'claw_back' and d.state = 'voided'), 0)::bigint as forgiven,
               count(*) filter (where d.kind = 'claw_back' and d.state in ('pending', 'sending', 'in_doubt', 'held')) > 0 as is_taking_back
        from cron_service.debits d where d.top_up_id = @top_up_id
        """;

    /// <summary>Gives tokens: once for a top-up, and once more after each claw-back, unless a person voided it. In the caller's
    /// transaction.</summary>
    /// <returns>False when there is one.</returns>
    public static Task<bool> GrantAsync(NpgsqlConnection connection, long topUpId, long accountId, long tokens, int tokensPerUnit,
        string reference) =>
        OpenAsync(connection, "grant", topUpId, accountId, tokens, tokensPerUnit, reference, null);

    /// <summary>Takes tokens back: one debit of a top-up at a time. In the caller's transaction.</summary>
    /// <param name="hold">The reason why a person decides it first; null when it is sent at once.</param>
    /// <returns>False when one is open.</returns>
    public static Task<bool> TakeBackAsync(NpgsqlConnection connection, long topUpId, long accountId, long tokens, int tokensPerUnit,
        string reference, string? hold) =>
        OpenAsync(connection, "claw_back", topUpId, accountId, tokens, tokensPerUnit, reference, hold);

    /// <summary>Reads the tokens in the caller's transaction.</summary>
    public static async Task<TopUpTokens> FindAsync(NpgsqlConnection connection, long topUpId, CancellationToken ct) =>
        (await connection.QueryAsync<TopUpTokens>(FindSql, ct, ("top_up_id", topUpId)))[0];

    private static async Task<bool> OpenAsync(NpgsqlConnection connection, string kind, long topUpId, long accountId, long tokens,
        int tokensPerUnit, string reference, string? hold) =>
        await connection.ExecuteAsync(OpenSql, CancellationToken.None, ("account_id", accountId), ("kind", kind), ("tokens", tokens),
            ("tokens_per_unit", (decimal)tokensPerUnit), ("reference", reference), ("top_up_id", topUpId),
            ("hold", hold)) == 1;
}

/// <summary>The state of a top-up's tokens.</summary>
/// <param name="GrantState">Of the latest debit that gives them; null when there is none, or it was voided.</param>
/// <param name="Granted">Given, or on their way.</param>
/// <param name="Forgiven">The part of those taken back that a person forgave: the wallet has them.</param>
/// <param name="TakenBack">Taken back, on their way back, or forgiven by a person.</param>
public sealed record TopUpTokens(DebitState? GrantState, bool IsGrantVoided, long Granted, long TakenBack, long Forgiven, bool IsTakingBack)
{
    public bool IsGiven => GrantState == DebitState.Settled;
    public bool IsBeingGiven => GrantState is not (null or DebitState.Settled);

    /// <summary>Returns the tokens for the remaining money that were taken back before; 0 while any are on their way.</summary>
    public long MissingOf(long keptTokens) => IsGiven && !IsTakingBack ? Math.Max(0, keptTokens - (Granted - TakenBack + Forgiven)) : 0;
}
