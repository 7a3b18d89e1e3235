using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Health;

[JsonConverter(typeof(EnumTextConverter<CheckState>))]
public enum CheckState
{
    Ok,
    Failing,

    /// <summary>It could not be determined.</summary>
    Unknown,
}

/// <summary>Stores the results of checks, and sends one alert when a check breaks and one when it recovers, in the same
/// transaction.</summary>
public sealed class CheckRecords(NpgsqlDataSource database)
{
    // One unknown result is no alarm; several in a row are.
    private const int UnknownsUntilBroken = 3;
    private const int Red = 0xD93025, Green = 0x188038;

    private const string EnsureSql = "insert into cron_service.checks (name) values (@name) on conflict (name) do nothing";
    private const string LockSql =
        "select broken_at, unknown_in_a_row, alerts from cron_service.checks where name = @name and checked_at < @looked_at for update";

    private const string StoreSql = """
        update cron_service.checks
        set since = case when state = @state then since else @looked_at end, state = @state, checked_at = @looked_at, message = @message,
            unknown_in_a_row = @unknown_in_a_row, broken_at = case when @is_broken then coalesce(broken_at, @looked_at) end,
            alerts = @alerts, took = clock_timestamp() - @looked_at
        where name = @name
        """;

    private const string ListSql = "select name, state, since, checked_at, message, broken_at from cron_service.checks order by name";

    public Task<DateTimeOffset> NowAsync(CancellationToken ct) => DatabaseClock.NowAsync(database, ct);

    /// <param name="lookedAt">When it began to look, by the database's clock: a finding that is older than the stored one changes
    /// nothing.</param>
    /// <param name="fence">The fence of the run; null for the heartbeat, which has no lease.</param>
    public async Task StoreAsync(string name, Finding result, DateTimeOffset lookedAt, Fence? fence, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (fence is not null)
            await fence.CheckAndLockAsync(connection, ct);
        await connection.ExecuteAsync(EnsureSql, ct, ("name", name));
        var before = await connection.QueryAsync(LockSql, row => (BrokenAt: row.Nullable<DateTime?>("broken_at"),
            Unknowns: row.Get<int>("unknown_in_a_row"), Alerts: row.Get<int>("alerts")), ct,
            ("name", name), ("looked_at", lookedAt.UtcDateTime));
        if (before is not [var (brokenAt, unknowns, alerts)])
            return;

        unknowns = result.CheckState == CheckState.Unknown ? unknowns + 1 : 0;
        var isBroken = result.IsFailing
            || (result.CheckState == CheckState.Unknown && (brokenAt is not null || unknowns >= UnknownsUntilBroken));
        if (isBroken != brokenAt is not null)
        {
            alerts++;
            var alert = isBroken ? Broken(name, result, lookedAt) : Healed(name, result, lookedAt, lookedAt - brokenAt!.Value);
            await OutboxWriter.AddAsync(connection, DiscordOutbox.Kind, $"check:{name}", $"check:{name}:{alerts}", alert.ToJson(), ct);
        }
        await connection.ExecuteAsync(StoreSql, ct, ("name", name), ("state", result.CheckState.Text()),
            ("looked_at", lookedAt.UtcDateTime), ("message", result.Text), ("unknown_in_a_row", unknowns),
            ("is_broken", isBroken), ("alerts", alerts));
        await transaction.CommitAsync(ct);
    }

    public Task<List<CheckRecord>> ListAsync(CancellationToken ct) => database.QueryAsync<CheckRecord>(ListSql, ct);

    /// <summary>Counts the checks that hold and names the others.</summary>
    public async Task<CheckSummary> SummaryAsync(CancellationToken ct)
    {
        var found = await ListAsync(ct);
        return new(found.Count(check => check.State == CheckState.Ok), Named(CheckState.Failing), Named(CheckState.Unknown));

        List<string> Named(CheckState state) => [.. found.Where(check => check.State == state).Select(check => check.Name)];
    }

    private static DiscordMessage Broken(string name, Finding result, DateTimeOffset at) =>
        new(null, [new($"{name} is broken", result.Text, Red, at)]);

    private static DiscordMessage Healed(string name, Finding result, DateTimeOffset at, TimeSpan after) =>
        new(null, [new($"{name} is well again", $"{result.Text}\nIt was broken for {(int)after.TotalHours} h {after.Minutes} min.",
            Green, at)]);
}

/// <summary>The stored record of a check.</summary>
/// <param name="Since">When the state began.</param>
/// <param name="BrokenAt">The time of the alert; null unless it is known to be broken.</param>
public sealed record CheckRecord(string Name, CheckState State, DateTime Since,
    DateTime CheckedAt, string Message, DateTime? BrokenAt);

/// <summary>The checks in short.</summary>
/// <param name="Ok">How many hold.</param>
/// <param name="Failing">Their names.</param>
/// <param name="Unknown">The names of the unknown ones.</param>
public sealed record CheckSummary(int Ok, IReadOnlyList<string> Failing, IReadOnlyList<string> Unknown);
