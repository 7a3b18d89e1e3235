using System.Globalization;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What must hold of every statement of a customer.</summary>
internal static class StatementBench
{
    /// <summary>Reads all statements of a customer: each adds up, begins where the one before ended, and the last ends with what is owed
    /// now.</summary>
    public static async Task AssertStatementsAddUpAsync(this TestPanel panel, int userId)
    {
        var ct = TestContext.Current.CancellationToken;
        var statements = panel.Services.Get<Statements>();
        List<StatementMonth> months;
        try
        {
            months = await statements.ListAsync(userId, ct);
        }
        catch (NotFoundException) // Never paid for a server.
        {
            return;
        }
        var carried = 0m;
        foreach (var month in months.AsEnumerable().Reverse())
        {
            var statement = await statements.ReadAsync(userId, month.Month, ct);
            var lines = statement.Charges.Sum(line => line.Amount) + statement.Corrections.Sum(line => line.Amount)
                + statement.DnsRenewals.Sum(line => line.Amount)
                + statement.Wallet.Sum(line => line.Amount);
            Assert.Equal((month.Month, carried, lines, carried + lines), (month.Month, statement.Opening, month.Change, statement.Closing));
            Assert.Equal((statement.Closing, carried + lines), (month.Closing, Amounts(await CsvAsync(statement))));
            carried = statement.Closing;
        }
        Assert.Equal(carried, await panel.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = @id",
            ("id", userId)));
    }

    public static async Task<string> CsvAsync(Statement statement)
    {
        using var csv = new MemoryStream();
        await Csv.WriteAsync(csv, StatementCsv.Lines(statement).ToAsyncEnumerable());
        return System.Text.Encoding.UTF8.GetString(csv.ToArray());
    }

    /// <returns>The sum of the amounts of a statement's CSV, the closing line left out.</returns>
    public static decimal Amounts(string csv) => Rows(csv).Where(row => row[2] != "closing" && row[15] != "")
        .Sum(row => decimal.Parse(row[15], CultureInfo.InvariantCulture));

    /// <summary>Reads CSV as RFC 4180 says.</summary>
    public static List<string[]> Rows(string csv)
    {
        List<string[]> rows = [];
        List<string> cells = [];
        var cell = new System.Text.StringBuilder();
        var isQuoted = false;
        for (var at = csv.IndexOf('\n', StringComparison.Ordinal) + 1; at < csv.Length; at++)
        {
            var next = csv[at];
            if (isQuoted && next == '"' && at + 1 < csv.Length && csv[at + 1] == '"')
                cell.Append(csv[++at]);
            else if (next == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && (next == ',' || next == '\n'))
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (next == '\n')
                {
                    rows.Add([.. cells]);
                    cells.Clear();
                }
            }
            else if (isQuoted || next != '\r')
                cell.Append(next);
        }
        return rows;
    }
}
