using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Computes the cost of each server in a month, by the steps of a billing run over other inputs, into the table
/// <c>month_amounts</c>.</summary>
/// <remarks>Hours are not computed one by one: <see cref="DueAmounts"/> computes a range of hours as one difference, with six
/// decimals.</remarks>
public sealed class MonthEngine(IOptions<BillingOptions> options)
{
    private const string BeginSql = """
        create temporary table month_amounts (
            variant text not null,
            server_id integer not null,
            account_id bigint not null,
            amount numeric not null
        ) on commit drop
        """;

    // The charged seconds, corrections included, are charged again together with the due ones.
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
        insert into month_amounts (variant, server_id, account_id, amount)
        select @variant, server_id, account_id, sum(amount)
        from (select server_id, account_id, amount from due_amounts
              union all
              select s.server_id, t.account_id, s.amount from pg_temp.server_months s join pg_temp.terms t on t.id = s.terms_id) as amounts
        group by server_id, account_id
        """;

    private const string StoreChargedSql = """
        insert into month_amounts (variant, server_id, account_id, amount)
        select 'charged', s.server_id, t.account_id, s.amount
        from cron_service.server_months s join cron_service.terms t on t.id = s.terms_id where s.month = @month
        """;

    /// <summary>Creates the table for the amounts of two computations, and stores the charged amounts in it.</summary>
    public static async Task BeginAsync(NpgsqlConnection connection, CalendarMonth month, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(BeginSql, ct);
        await connection.ExecuteLongAsync(StoreChargedSql, ct, ("month", month.Begin));
    }

    /// <summary>Computes the amounts of the inputs of <see cref="MonthInputs"/>.</summary>
    /// <param name="waitingAccounts">Accounts whose hours aren't counted, as they are held.</param>
    /// <param name="isChanged">Whether the amounts are those of the change, else those to compare them with.</param>
    public async Task ComputeAsync(
        NpgsqlConnection connection, CalendarMonth month, Change change, long[] waitingAccounts, bool isChanged, CancellationToken ct)
    {
        await Due.SelectAsync(connection, month.End, waitingAccounts, isOnlyApproved: false, Portion.All, ct, ChargeInputs.Copies);
        await Pieces.CutAsync(connection, ct, ChargeInputs.Copies);
        await connection.ExecuteLongAsync(ChargedSql, ct, ("month", month.Begin));
        if (change.FirstHourPrepaid is { } isPrepaid)
            await FirstHours.ApplyAsync(connection, month, isPrepaid, ct);
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
        await DueAmounts.AddUpAsync(connection, change.MonthlyCap ?? options.Value.MonthlyCap, ChargeInputs.Copies, ct);
        await connection.ExecuteLongAsync(StoreSql, ct, ("variant", isChanged ? "changed" : "base"));
    }
}
