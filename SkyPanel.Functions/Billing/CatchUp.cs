namespace SkyPanel.Functions.Billing;

/// <summary>Holds hours older than <see cref="BillingOptions.MaxCatchUp"/> for a person.</summary>
public sealed class CatchUp(IOptions<BillingOptions> options)
{
    private const string AnyLateSql = "select exists (select from due where hold_id is null and from_hour < @hold_before)";

    private const string SpansSql = """
        insert into to_hold_spans (subject, server_id, account_id, from_hour, until_hour)
        select server_id, server_id, account_id, to_timestamp(lower(h) * 3600), to_timestamp(upper(h) * 3600)
        from (select server_id, account_id,
                     range_agg(int8range(from_second / 3600, (least(until_second, @until_second) + 3599) / 3600)) as hours
              from pieces where not is_approved and from_second < @until_second group by server_id, account_id) as late,
             unnest(late.hours) as h
        """;

    // The approximate cost for the decision: before the monthly cap.
    private const string AmountsSql = """
        insert into to_hold (subject, amount, reason)
        select p.server_id, cron_service.round6(sum(t.price * (least(p.until_second, @until_second) - p.from_second) / t.price_seconds)),
               'older than Billing:MaxCatchUp ' || @max_catch_up
        from pieces p join cron_service.terms t on t.id = p.terms_id
        where not p.is_approved and p.from_second < @until_second group by p.server_id
        """;

    private const string LeaveOutSql = """
        delete from due d where d.hold_id is null and exists (select from pieces p where p.server_id = d.server_id and not p.is_approved
            and p.from_second < @until_second)
        """;

    /// <summary>Holds the old hours of <see cref="Due"/>, under <see cref="ChargeLocks"/>.</summary>
    /// <returns>A line for each server with hours held.</returns>
    public async Task<List<HeldLine>> HoldAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, bool isDryRun,
        CancellationToken ct)
    {
        if (await FindLateAsync(connection, cutoff, ct) is not { } until)
            return [];

        await Pieces.CutAsync(connection, ct);
        await HoldOpening.BeginAsync(connection, ct);
        await connection.ExecuteLongAsync(SpansSql, ct, ("until_second", until));
        await connection.ExecuteLongAsync(AmountsSql, ct, ("until_second", until), ("max_catch_up", options.Value.MaxCatchUp.ToString()));
        return (await HoldOpening.OpenAsync(connection, "server", runId, ct)).ConvertAll(hold => HeldLine.Of((int)hold.Subject,
            $"{hold.Hours} hours older than {options.Value.MaxCatchUp}", "are", $" ({hold.Amount} before the cap)", hold.Id, isDryRun));
    }

    /// <summary>Leaves servers with old hours in <see cref="Pieces"/> out of <see cref="Due"/>, for the next run to hold
    /// them.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> LeaveOutAsync(NpgsqlConnection connection, DateTimeOffset cutoff, CancellationToken ct) =>
        await FindLateAsync(connection, cutoff, ct) is { } until
        && await connection.ExecuteLongAsync(LeaveOutSql, ct, ("until_second", until)) > 0;

    /// <returns>The second before which hours are old; null when none of the due hours are.</returns>
    private async Task<long?> FindLateAsync(NpgsqlConnection connection, DateTimeOffset cutoff, CancellationToken ct)
    {
        var before = cutoff.UtcDateTime - options.Value.MaxCatchUp;
        before = before.AddTicks(-(before.Ticks % TimeSpan.TicksPerHour));
        return await connection.ScalarLongAsync<bool>(AnyLateSql, ct, ("hold_before", before))
            ? new DateTimeOffset(before, TimeSpan.Zero).ToUnixTimeSeconds() : null;
    }
}

/// <summary>A message about hours that a run held.</summary>
/// <param name="ServerId">Null for an account or the whole run.</param>
public sealed record HeldLine(int? ServerId, string Message)
{
    /// <param name="isDryRun">Whether the hold is rolled back, so that there is nothing to decide.</param>
    public static HeldLine Of(int? serverId, string what, string isOrAre, string why, long holdId, bool isDryRun) =>
        new(serverId, isDryRun ? $"{what} would be held{why}" : $"{what} {isOrAre} held{why}: approve or reject hold {holdId}");
}
