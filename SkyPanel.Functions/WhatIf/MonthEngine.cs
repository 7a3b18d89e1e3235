using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Computes what each server costs in a month, by the steps of a billing run over other inputs: table
/// <c>month_amounts</c>.</summary>
/// <remarks>No hour is unfolded: <see cref="DueAmounts"/> adds up a stretch of hours as one difference, to the millionth.</remarks>
public sealed class MonthEngine(IOptions<BillingOptions> options)
{
    private const string BeginSql = """
        create temporary table month_amounts (
            is_second boolean not null,
            server_id integer not null,
            account_id bigint not null,
            amount numeric not null
        ) on commit drop
        """;

    // The seconds that were charged, corrections included, are charged anew with what is due.
    private const string ChargedSql = """
        delete from pieces where month <> @month;
        insert into pieces (server_id, account_id, terms_id, month, is_approved, is_alone, from_second, until_second)
        select server_id, account_id, terms_id, month, false, false, from_second, from_second + seconds_billed
        from (select s.*, t.account_id, extract(epoch from greatest(t.effective_from, s.month))::bigint as from_second
              from cron_service.server_months s join pg_temp.terms t on t.id = s.terms_id
              where s.month = @month and s.seconds_billed > 0
                and s.server_id not in (select server_id from pg_temp.server_months)) as charged
        """;

    private const string AnalyzeSql = "analyze pieces";

    private const string StoreSql = """
        insert into month_amounts (is_second, server_id, account_id, amount)
        select @is_second, server_id, account_id, sum(amount)
        from (select server_id, account_id, amount from due_amounts
              union all
              select s.server_id, t.account_id, s.amount from pg_temp.server_months s join pg_temp.terms t on t.id = s.terms_id) as amounts
        group by server_id, account_id
        """;

    /// <summary>Creates the table for the amounts of two computations.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteLongAsync(BeginSql, ct);

    /// <summary>Computes the amounts of the inputs that <see cref="MonthInputs"/> has filled in.</summary>
    /// <param name="waitingAccounts">Accounts whose hours aren't counted, as they wait for a person.</param>
    /// <param name="isSecond">Which of the two compared amounts it is.</param>
    public async Task ComputeAsync(
        NpgsqlConnection connection, CalendarMonth month, bool? monthlyCap, long[] waitingAccounts, bool isSecond, CancellationToken ct)
    {
        await Due.SelectAsync(connection, month.End, waitingAccounts, isOnlyApproved: false, Portion.All, ct, ChargeInputs.Copies);
        await Pieces.CutAsync(connection, ct, ChargeInputs.Copies);
        await connection.ExecuteLongAsync(ChargedSql, ct, ("month", month.Begin));
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
        await DueAmounts.AddUpAsync(connection, monthlyCap ?? options.Value.MonthlyCap, ChargeInputs.Copies, ct);
        await connection.ExecuteLongAsync(StoreSql, ct, ("is_second", isSecond));
    }
}
