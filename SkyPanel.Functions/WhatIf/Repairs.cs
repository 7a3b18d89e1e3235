using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Compares what the panel's own engine took with the cost of the hours that it billed, and repairs the difference.</summary>
public sealed class Repairs(
    PanelRepairs posting, IOptions<LedgerOptions> ledger, IOptions<BillingOptions> billing, IOptions<MeteringOptions> metering,
        TimeProvider time)
{
    private const int MaxMonths = 120;

    private static readonly string RangeSql = $"""
        select date_trunc('month', coalesce(@from_at::timestamptz, min(from_at), @until_at::timestamptz - interval '1 microsecond', now()),
                   'UTC') as begin,
               date_trunc('month', coalesce(@until_at::timestamptz, max(until_at), now()) - interval '1 microsecond',
                   'UTC') + interval '1 month' as until
        from (select min(t.billing_period_start::timestamptz) as from_at,
            max(t.billing_period_start::timestamptz) + interval '1 second' as until_at
              from public.virtfusion_hourly_transactions t
              where isfinite(t.billing_period_start) and {PanelRows.IsForeignSql("virtfusion_hourly_transactions")}) as rows
        """;

    private const string IsKnownSql = "select exists (select from cron_service.accounts where user_id = @user_id)";

    private decimal TokensPerUnit => ledger.Value.TokensPerCurrencyUnit;

    /// <summary>Computes the comparison in the caller's transaction, which must be rolled back.</summary>
    /// <param name="most">The maximum number of customers, and of server-months.</param>
    /// <returns>Null when the panel has no table of billed hours.</returns>
    public async Task<Repair?> ComputeAsync(
        NpgsqlConnection connection, DateTimeOffset? from, DateTimeOffset? to, int most, CancellationToken ct)
    {
        var beganAt = time.GetTimestamp();
        if (await CompareAsync(connection, from, to, null, ct) is not var (begin, until))
            return null;
        (string, object?)[] parameters = [("tokens_per_unit", TokensPerUnit), ("most", most)];
        var (figures, unclear) = await connection.ScalarLongAsync<RepairRows.Total>(RepairRows.TotalSql, ct, parameters);
        return new(figures, begin, until, unclear, (long)time.GetElapsedTime(beganAt).TotalMilliseconds,
            await connection.QueryLongAsync<RepairCustomer>(RepairRows.CustomersSql, ct, parameters),
            await connection.QueryLongAsync<RepairMonth>(RepairRows.MonthsSql, ct, parameters));
    }

    /// <summary>Posts the remaining difference of a customer, in the caller's transaction. The second of two concurrent calls finds nothing
    /// left.</summary>
    /// <param name="expected">The expected difference: with another one nothing is posted; null for any.</param>
    public async Task<RepairOutcome> RepairAsync(
        NpgsqlConnection connection, int userId, DateTimeOffset? from, DateTimeOffset? to, decimal? expected, string reason, string author,
        CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>(IsKnownSql, ct, ("user_id", userId)))
            throw NotFoundException.NoAccount(userId);
        await ChargeLocks.PlanWholeSetsAsync(connection, ct);
        if (await CompareAsync(connection, from, to, userId, ct) is null)
            return new(null, "The panel has no virtfusion_hourly_transactions: there is nothing to repair.");
        if (await connection.FindAsync<string>(RepairRows.TooHighSql, ct, ("user_id", userId)) is { } tooHigh)
            return new(null, $"Nothing was repaired: {tooHigh}.");

        await ChargeLocks.TakeAsync(connection, ct);
        var left = await connection.QueryLongAsync<RepairRows.AccountLine>(RepairRows.LinesSql, ct, ("tokens_per_unit", TokensPerUnit),
            ("user_id", userId));
        if (left.Count == 0)
            return new(null, $"Nothing is left to repair of user {userId}.");
        if (await PanelRepairs.WaitingAsync(connection, left[0].AccountId, ct) is { } holdId)
            return new(null, $"A repair of user {userId} waits with hold {holdId}: decide that first.");
        var remaining = left.Sum(row => row.Line.Taken - row.Line.Exact);
        if (expected is not null && expected != remaining)
            return new(null, FormattableString.Invariant(
                $"{remaining} is left to repair of user {userId}, not {expected}: nothing was posted."));
        return new(await posting.PostAsync(connection, new(left[0].AccountId, userId, left.ConvertAll(row => row.Line), reason, author),
            ct), null);
    }

    /// <summary>Fills <c>repair_months</c>.</summary>
    /// <returns>The compared months; null without a table of billed hours.</returns>
    private async Task<(DateTime From, DateTime Until)?> CompareAsync(
        NpgsqlConnection connection, DateTimeOffset? from, DateTimeOffset? to, int? userId, CancellationToken ct)
    {
        if (from >= to)
            throw new BadInputException("to", "must be after from");
        if (!await PanelCharges.AreKnownAsync(connection, ct))
            return null;
        var (begin, until) = (await connection.QueryLongAsync(RangeSql,
            row => (row.Get<DateTime>("begin"), row.Get<DateTime>("until")), ct,
            ("from_at", from?.UtcDateTime), ("until_at", to?.UtcDateTime)))[0];
        if (begin.AddMonths(MaxMonths) < until)
            throw new BadInputException("from", FormattableString.Invariant($"must be {MaxMonths} months before to at most"));
        if (begin >= until)
            throw new BadInputException(to is null ? "from" : "to", "leaves nothing that the panel billed");

        await PanelCharges.ReadAsync(connection, begin, until, userId, ct);
        await BilledTime.FillAsync(connection, begin, until, ct);
        await Due.SelectAsync(connection, until, [], isOnlyApproved: false, Portion.All, ct, ChargeInputs.Replay);
        await Pieces.CutAsync(connection, ct, ChargeInputs.Replay);
        await DueAmounts.AddUpAsync(connection, billing.Value.MonthlyCap, ChargeInputs.Replay, ct);
        await RepairMonths.JoinAsync(connection, begin, until, metering.Value.MaxMonthlyPrice, ct);
        return (begin, until);
    }
}

/// <summary>The outcome of a request to repair.</summary>
/// <param name="Posted">The repair that was posted or held; null when it was refused.</param>
/// <param name="Refusal">The reason of the refusal; null without one.</param>
public sealed record RepairOutcome(PostedRepair? Posted, string? Refusal);
