namespace SkyPanel.Functions.Ledger;

/// <summary>Posts transfers. A trigger adds each to what its customer owes.</summary>
public static class Transfers
{
    /// <summary>Inserts a transfer for each row of <c>postings</c>. The statement needs a common table expression of this name, with these
    /// columns. An external id that was posted already is an error.</summary>
    /// <remarks>Functions of the database call <c>cron_service.insert_transfer</c>.</remarks>
    public const string InsertSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at from postings
        """;
}
