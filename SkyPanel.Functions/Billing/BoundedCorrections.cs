using SkyPanel.Functions.Http;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>Applies corrections within the bounds of a run, and holds a supplement beyond them until an admin decides.</summary>
public sealed class BoundedCorrections(
    NpgsqlDataSource database, Corrections corrections, IOptions<BillingOptions> options, IOptions<MeteringOptions> metering)
{
    private const string HasHourlyRateSql = """
        select exists (
            select from cron_service.charges c join cron_service.terms t on t.id = c.terms_id and t.server_id = @server_id
                and not t.is_monthly
            where c.server_id = @server_id and c.hour_start >= @from_hour and c.hour_start < @until_hour)
        """;

    // The row without a user is the whole correction.
    private const string MeansSql = """
        with supplements as (
            select * from unnest(@user_ids, @amounts) as s(user_id, amount)
        )
        select s.user_id, s.amount, cron_service.mean_run_of_account(a.id, null) as mean
        from supplements s join cron_service.accounts a using (user_id)
        union all
        select null, (select sum(amount) from supplements), cron_service.mean_run(null)
        order by user_id nulls last
        """;

    // A span that reaches ahead ends where the charges do: hours that are charged while it waits are no part of what was shown.
    private const string HoldSql = """
        with held as (
            insert into cron_service.holds (scope, from_hour, until_hour, hours, amount, reason)
            select 'correction', @from_hour, least(@until_hour, max(hour_start) + interval '1 hour'), count(*), @amount, @held_because
            from cron_service.charges
            where server_id = @server_id and hour_start >= @from_hour and hour_start < @until_hour
            returning id
        )
        insert into cron_service.held_corrections (hold_id, server_id, seconds, price_micros, restores, reason, author)
        select id, @server_id, @seconds::integer, @price_micros::bigint, @restores, @reason, @author from held
        returning hold_id
        """;

    private const string HeldSql = """
        select k.server_id, h.from_hour, h.until_hour, k.seconds, k.price_micros * 0.000001 as price, k.reason, k.author, k.restores
        from cron_service.held_corrections k join cron_service.holds h on h.id = k.hold_id where k.hold_id = @id and h.state = 'approved'
        """;

    private const string PostedSql = "update cron_service.holds set state = 'charged' where id = @id";

    /// <summary>Corrects in the caller's transaction, or holds the correction when its supplement is beyond a bound.</summary>
    public async Task<BoundedCorrection> CorrectAsync(NpgsqlConnection connection, Correction correction, CancellationToken ct)
    {
        await connection.ExecuteAsync("savepoint uncorrected", ct);
        var posted = await ApplyAsync(connection, correction, ct);
        if (posted.HeldBecause is null)
            return posted;
        await connection.ExecuteAsync("rollback to uncorrected", ct);
        var reason = $"correction of server {correction.ServerId} by {correction.Author} ({correction.Reason}): {posted.HeldBecause}";
        var id = await connection.ScalarAsync<long>(HoldSql, ct, [.. correction.Parameters, ("amount", SupplementOf(posted.Adjustments)),
            ("held_because", reason)]);
        return Unposted(posted) with { HoldId = id };
    }

    /// <summary>Computes the adjustments of a correction without posting them.</summary>
    public async Task<BoundedCorrection> PreviewAsync(Correction correction, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        return Unposted(await ApplyAsync(connection, correction, ct));
    }

    /// <summary>Posts an approved correction of the hours that were charged when it was held.</summary>
    /// <returns>The supplement, which differs from the hold's when hours of the span were charged or corrected meanwhile; null when the
    /// hold is not an approved hold of a correction.</returns>
    public async Task<decimal?> PostApprovedAsync(NpgsqlConnection connection, long holdId, CancellationToken ct)
    {
        if (await connection.FindAsync<Correction>(HeldSql, ct, ("id", holdId)) is not { } held)
            return null;
        var adjustments = await corrections.CorrectAsync(connection, held, ct);
        await connection.ExecuteAsync(PostedSql, ct, ("id", holdId));
        return SupplementOf(adjustments);
    }

    /// <summary>Compares supplements with the bounds of a run.</summary>
    /// <param name="supplements">One per customer.</param>
    /// <returns>The bound that they exceed; null without one.</returns>
    public async Task<string?> HeldBecauseAsync(
        NpgsqlConnection connection, IReadOnlyList<(int UserId, decimal Amount)> supplements, CancellationToken ct)
    {
        if (supplements.Count == 0 || options.Value is { MaxAmountPerAccount: null, MaxAmountPerRun: null, MaxPercentOfMean: null })
            return null;
        var sums = await connection.QueryAsync(MeansSql,
            row => (UserId: row.Nullable<int?>("user_id"), Amount: row.Get<decimal>("amount"), Mean: row.Nullable<decimal?>("mean")), ct,
            ("user_ids", supplements.Select(user => user.UserId).ToArray()),
                ("amounts", supplements.Select(user => user.Amount).ToArray()));
        return sums.Select(sum => HeldBecause(sum.UserId, sum.Amount, sum.Mean)).FirstOrDefault(reason => reason is not null);
    }

    private async Task<BoundedCorrection> ApplyAsync(NpgsqlConnection connection, Correction correction, CancellationToken ct)
    {
        // An hourly price is compared as that of a month of 730 hours, as in an enrolment.
        if (correction.Price * 730 > metering.Value.MaxMonthlyPrice
            && await connection.ScalarAsync<bool>(HasHourlyRateSql, ct, correction.Parameters))
            throw new BadInputException("price",
                string.Create(CultureInfo.InvariantCulture,
                    $"for an hour must be {metering.Value.MaxMonthlyPrice} / 730 (Metering:MaxMonthlyPrice) at " +
                $"most"));
        var adjustments = await corrections.CorrectAsync(connection, correction, ct);
        return new(adjustments, null, await HeldBecauseAsync(connection, adjustments, ct));
    }

    private async Task<string?> HeldBecauseAsync(NpgsqlConnection connection, List<Adjustment> adjustments, CancellationToken ct) =>
        await HeldBecauseAsync(connection, adjustments.Where(adjustment => adjustment.Kind == CorrectionKind.Supplement)
            .GroupBy(adjustment => adjustment.UserId)
            .Select(user => (user.Key, user.Sum(adjustment => adjustment.Amount))).ToList(), ct);

    private string? HeldBecause(int? userId, decimal amount, decimal? mean)
    {
        var (setting, max) = userId is null ? ("MaxAmountPerRun", options.Value.MaxAmountPerRun)
            : ("MaxAmountPerAccount", options.Value.MaxAmountPerAccount);
        var what = userId is null ? FormattableString.Invariant($"{amount} in all")
            : FormattableString.Invariant($"{amount} for user {userId}");
        return amount > max ? FormattableString.Invariant($"{what} is more than Billing:{setting} {max}")
            : amount > mean * options.Value.MaxPercentOfMean / 100
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{what} is more than {options.Value.MaxPercentOfMean} % (Billing:MaxPercentOfMean) of the " +
                    $"mean {mean:0.000000}")
            : null;
    }

    private static decimal SupplementOf(IEnumerable<Adjustment> adjustments) =>
        adjustments.Where(adjustment => adjustment.Kind == CorrectionKind.Supplement).Sum(adjustment => adjustment.Amount);

    private static BoundedCorrection Unposted(BoundedCorrection posted) =>
        posted with { Adjustments = posted.Adjustments.ConvertAll(adjustment => adjustment with { Id = null, TransferId = null }) };
}

/// <summary>The outcome of a correction or of its preview.</summary>
/// <param name="HoldId">The hold with which it waits for an admin; null without one.</param>
/// <param name="HeldBecause">The bound that it exceeds; null without one.</param>
public sealed record BoundedCorrection(List<Adjustment> Adjustments, long? HoldId, string? HeldBecause);
