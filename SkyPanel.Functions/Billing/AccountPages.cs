namespace SkyPanel.Functions.Billing;

/// <summary>Finds the customers of a page of the list.</summary>
/// <remarks>By id and by runway all pages cost the same. By an amount all accounts are read: about 0.3 s for a million. A state other than
/// ok reads all accounts that are not ok.</remarks>
public sealed class AccountPages(NpgsqlDataSource database)
{
    private const string Matching = """
          a.kind = 'customer' and (@search::text is null or a.user_id::text = @search
            or exists (select from public.users u where u.id = a.user_id
                       and concat_ws(' ', to_jsonb(u) ->> 'full_name', to_jsonb(u) ->> 'username',
                           to_jsonb(u) ->> 'email') ilike @pattern::text))
        """;

    private const string InState = "join cron_service.account_states t on t.account_id = a.id and t.state = @state";
    private const string IsOk = "a.id not in (select account_id from cron_service.account_states)";

    private static string ByIdSql(string state, string condition) => $"""
        select a.id, a.user_id::bigint as place, 0::numeric as key from cron_service.accounts a {state}
        where {condition} and {Matching} and (@after_id::bigint is null or a.user_id > @after_id)
        order by a.user_id limit @limit
        """;

    // By the amount that the list shows: without what the open debit collects.
    private static string ByOwedSql(string state, string condition) => $"""
        select a.id, a.user_id::bigint as place, a.owed_amount - coalesce(d.amount, 0) as key
        from cron_service.accounts a left join cron_service.collected_amounts d on d.account_id = a.id {state}
        where {condition} and {Matching} and (@after_id::bigint is null
            or (a.owed_amount - coalesce(d.amount, 0), -a.user_id) < (@after_key::numeric, -@after_id))
        order by key desc, a.user_id limit @limit
        """;

    private static string ByChargesSql(string state, string condition) => $"""
        with charged as materialized (
            select t.account_id, sum(m.amount) as amount
            from cron_service.server_months m join cron_service.terms t on t.id = m.terms_id
            where m.month = date_trunc('month', now(), 'UTC') group by t.account_id)
        select a.id, a.user_id::bigint as place, coalesce(c.amount, 0) as key
        from cron_service.accounts a left join charged c on c.account_id = a.id {state}
        where {condition} and {Matching} and (@after_id::bigint is null
            or (coalesce(c.amount, 0), -a.user_id) < (@after_key::numeric, -@after_id))
        order by key desc, a.user_id limit @limit
        """;

    // Contains an account from its first standing on, a minute after it was created.
    private static string ByRunwaySql(string state, string condition) => $"""
        select a.id, a.id as place, s.runway_order as key
        from cron_service.standings s join cron_service.accounts a on a.id = s.account_id {state}
        where {condition} and {Matching} and (@after_id::bigint is null
            or (s.runway_order, s.account_id) > (@after_key::numeric, @after_id))
        order by s.runway_order, s.account_id limit @limit
        """;

    /// <returns>The accounts of the page in their order, and the next cursor; null on the last page.</returns>
    public async Task<(long[] AccountIds, string? NextCursor)> ReadAsync(AccountsQuery query, CancellationToken ct)
    {
        var after = query.Cursor?.Split('_');
        var (state, condition) = query.State is null ? ("", "true") : query.State == AccountState.Ok.Text() ? ("", IsOk)
            : (InState, "true");
        var sql = query.Sort switch
        {
            "owed" => ByOwedSql(state, condition),
            "charges" => ByChargesSql(state, condition),
            "runway" => ByRunwaySql(state, condition),
            _ => ByIdSql(state, condition),
        };
        var page = await database.QueryAsync(sql,
            row => (Id: row.Get<long>("id"), Place: row.Get<long>("place"), Key: row.Get<decimal>("key")), ct,
            ("search", query.Search), ("state", query.State), ("pattern", query.Search is { } search ? $"%{Escaped(search)}%" : null),
            ("limit", query.Limit),
            ("after_key", after is null ? null : decimal.Parse(after[0], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture)),
            ("after_id", after is null ? null : long.Parse(after[1], NumberStyles.None, CultureInfo.InvariantCulture)));
        return ([.. page.Select(row => row.Id)],
            page.Count < query.Limit ? null : string.Create(CultureInfo.InvariantCulture, $"{page[^1].Key}_{page[^1].Place}"));
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);
}
