using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads the statement of a customer's month, in one snapshot.</summary>
public sealed class Statements(NpgsqlDataSource database, IOptions<LedgerOptions> ledger)
{
    // Only charges may be of a month before the account's own.
    private const string AccountSql = $"""
        select a.id, {CustomerName.OrEmailSql} as name, a.owed_amount,
               date_trunc('month', now(), 'UTC') as this_month,
               least(date_trunc('month', a.created_at, 'UTC'), (select min(m.month) from cron_service.terms t
                   join cron_service.server_months m on m.server_id = t.server_id and m.terms_id = t.id
                   where t.account_id = a.id)) as first_month
        from cron_service.accounts a left join public.users u on u.id = a.user_id where a.user_id = @user_id
        """;

    private const string MonthsSql = """
        select to_char(m.month at time zone 'UTC', 'YYYY-MM') as month, sum(amount) over months - amount as opening, amount as change,
               sum(amount) over months as closing
        from cron_service.statement_months m where account_id = @account_id window months as (order by m.month) order by m.month desc
        """;

    /// <summary>Lists the months with a statement, the latest first.</summary>
    /// <exception cref="NotFoundException">The user has no account.</exception>
    public async Task<List<StatementMonth>> ListAsync(int userId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginSnapshotAsync(ct);
        var account = await FindAsync(connection, userId, ct);
        return await connection.QueryAsync<StatementMonth>(MonthsSql, ct, ("account_id", account.Id));
    }

    /// <exception cref="BadInputException">The month is malformed.</exception>
    /// <exception cref="NotFoundException">The user has no account, or the month is before the first or after the last one.</exception>
    public async Task<Statement> ReadAsync(int userId, string month, CancellationToken ct)
    {
        if (CalendarMonth.Parse(month) is not { Begin: { Year: >= 1970 and <= 2999 } begin })
            throw new BadInputException("month", "must be a month from 1970 to 2999 such as 2026-03");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginSnapshotAsync(ct);
        var account = await FindAsync(connection, userId, ct);
        if (begin > account.ThisMonth)
            throw new NotFoundException(
                $"{month} has not begun: the latest statement is that of {new CalendarMonth(account.ThisMonth).Text}.");
        if (begin < account.FirstMonth)
            throw new NotFoundException($"User {userId} has nothing in {month}: the first statement is that of " +
                $"{new CalendarMonth(account.FirstMonth).Text}.");

        var (opening, later) = await StatementLines.CarriedAsync(connection, account.Id, begin, ct);
        var open = await OpenHours.ReadAsync(connection, account.Id, begin, ct);
        var charges = await StatementLines.ChargesAsync(connection, account.Id, begin, ct);
        var corrections = await StatementLines.CorrectionsAsync(connection, account.Id, begin, ct);
        var renewals = await StatementLines.RenewalsAsync(connection, account.Id, begin, ct);
        var debits = await StatementLines.DebitsAsync(connection, account.Id, begin, ct);
        var topUps = await StatementLines.TopUpsAsync(connection, account.Id, begin, ct);
        var totals = new StatementTotals(
            charges.Sum(line => line.Amount), corrections.Sum(line => line.Amount), renewals.Sum(line => line.Amount),
            debits.Where(line => line.Amount < 0).Sum(line => line.Amount),
                debits.Where(line => line.Amount > 0).Sum(line => line.Amount));
        return new(userId, account.Name, month, open.Count == 0 ? "final" : "provisional", open, ledger.Value.Currency,
            ledger.Value.TokensPerCurrencyUnit,
            opening, charges, corrections, renewals, debits, topUps, totals, account.OwedAmount - later);
    }

    private static async Task<AccountMonths> FindAsync(NpgsqlConnection connection, int userId, CancellationToken ct) =>
        await connection.FindAsync<AccountMonths>(AccountSql, ct, ("user_id", userId)) ?? throw NotFoundException.NoAccount(userId);

    private sealed record AccountMonths(long Id, string? Name, decimal OwedAmount, DateTime ThisMonth, DateTime FirstMonth);
}

/// <summary>A month that has a statement with lines.</summary>
/// <param name="Opening">The amount owed at the start of the month, in currency units.</param>
/// <param name="Change">The sum of the statement's lines.</param>
/// <param name="Closing">The amount owed at the end of the month.</param>
public sealed record StatementMonth(string Month, decimal Opening, decimal Change, decimal Closing);
