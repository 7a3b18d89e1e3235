namespace SkyPanel.Functions.Ledger;

/// <summary>Posts transfers. A trigger adds each to what its customer owes.</summary>
public static class Transfers
{
    /// <summary>Inserts a transfer for each row of <c>postings</c>, a common table expression of the statement that it ends or is part of,
    /// with the same columns. The external id is posted once: a second one is an error.</summary>
    /// <remarks>The function <c>cron_service.insert_transfer</c> is the same for the functions of the database.</remarks>
    public const string InsertSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at from postings
        """;
}
