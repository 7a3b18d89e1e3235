using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Billing;

/// <summary>Checks the laws of money, independently of the statements that maintain them.</summary>
public sealed class Integrity(NpgsqlDataSource database, IOptions<LedgerOptions> ledger)
{
    private static readonly (string Name, string Law, string Sql)[] Checks =
    [
        .. LedgerLaws.Checks,
        .. ChargeLaws.Checks,
        ("statements", "What an account carries into a month and the month's lines add up to what it carries on.", StatementLaw.Sql),
    ];

    // A panel without the table has no copy to compare.
    private const string HasCopySql = """
        select (select count(*) from pg_attribute where attrelid = to_regclass('public.' || @table) and attname = any(@columns)
                    and not attisdropped) = cardinality(@columns)
            and exists (select from cron_service.panel_rows where table_name = @table)
        """;

    private const int MaxExamples = 10;

    /// <summary>Runs every check in one snapshot.</summary>
    public async Task<IntegrityReport> CheckAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginSnapshotAsync(ct);
        var results = new List<IntegrityCheck>();
        foreach (var (name, law, sql) in Checks)
            results.Add(Result(name, law, await ViolationsAsync(connection, sql, ct)));
        foreach (var (name, law, sql, table, columns) in PanelCopies.Checks)
        {
            var hasCopy = await connection.ScalarAsync<bool>(HasCopySql, ct, ("table", table), ("columns", columns));
            results.Add(Result(name, law, hasCopy ? await ViolationsAsync(connection, sql, ct) : []));
        }
        return new(results.TrueForAll(check => check.Ok), results);
    }

    private static IntegrityCheck Result(string name, string law, List<string> violations) =>
        new(name, law, violations.Count == 0, violations.Count, [.. violations.Take(MaxExamples)]);

    // Without the usual timeout, as a year's charges take longer; the caller's timeout applies.
    private async Task<List<string>> ViolationsAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var violations = new List<string>();
        while (await reader.ReadAsync(ct))
            violations.Add(reader.GetString(0));
        return violations;
    }
}
