using Npgsql;

namespace SkyPanel.Demo;

/// <summary>Dates back the rows of a history, since the app uses the database's clock.</summary>
internal static class DemoClock
{
    private const string NowSql = "select clock_timestamp()";

    // Acts as a replica to bypass the triggers that keep transfers and settled debits unchanged.
    private const string DateBackSql = """
        set local session_replication_role = replica;
        update cron_service.runs set finished_at = @at + (finished_at - started_at), started_at = @at where started_at >= @since;
        update cron_service.transfers set created_at = @at where created_at >= @since;
        delete from cron_service.taken_days;
        insert into cron_service.taken_days
        select date_trunc('day', t.created_at, 'UTC'), cron_service.account_group(t.to_account_id), sum(d.tokens)
        from cron_service.transfers t join cron_service.debits d on t.external_id = 'debit:' || d.id group by 1, 2;
        update cron_service.debits set
            created_at = case when created_at >= @since then @at else created_at end,
            next_attempt_at = case when next_attempt_at >= @since then @at else next_attempt_at end,
            deadline = case when deadline >= @since then @at + interval '1 minute' else deadline end,
            last_attempt_at = case when last_attempt_at >= @since then @at else last_attempt_at end,
            last_reading_at = case when last_reading_at >= @since then @at else last_reading_at end,
            settled_at = case when settled_at >= @since then @at + interval '1 second' else settled_at end
        where greatest(created_at, last_attempt_at, last_reading_at, settled_at) >= @since;
        update cron_service.wallet_readings set read_at = @at where read_at >= @since;
        update cron_service.wallet_proofs set proved_at = @at where proved_at >= @since;
        update cron_service.holds set created_at = @at where created_at >= @since;
        update cron_service.passed_over set passed_at = @at where passed_at >= @since;
        update cron_service.accounts set created_at = @at where created_at >= @since;
        update cron_service.terms set recorded_at = @at where recorded_at >= @since;
        update public.transactions set created_at = @at at time zone 'UTC' where created_at >= @since at time zone 'UTC';
        update public.virtfusion_hourly_transactions set created_at = @at at time zone 'UTC' where created_at >= @since at time zone 'UTC'
        """;

    private const string TakenOverSql = """
        update cron_service.jobs set taken_over_at = @at where job = 'hourly-billing' and taken_over_at is not null;
        update cron_service.enrolments set taken_over_at = @at
            where taken_over_at is not null and server_id in (select server_id from cron_service.charges
            where hour_start < @at + interval '1 day')
        """;

    /// <summary>Reads the database's clock.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand(NowSql);
        return new((DateTime)(await command.ExecuteScalarAsync(ct))!);
    }

    /// <summary>Dates back the rows written since an instant of the database's clock.</summary>
    public static Task DateBackAsync(NpgsqlDataSource database, DateTimeOffset since, DateTimeOffset to, CancellationToken ct) =>
        ExecuteAsync(database, DateBackSql, ct, ("since", since.UtcDateTime), ("at", to.UtcDateTime));

    /// <summary>Dates back the take-over after billing was enabled.</summary>
    public static Task DateTakeOverBackAsync(NpgsqlDataSource database, DateTimeOffset to, CancellationToken ct) =>
        ExecuteAsync(database, TakenOverSql, ct, ("at", to.UtcDateTime));

    /// <summary>Executes statements in their own transaction.</summary>
    public static async Task ExecuteAsync(NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object Value)[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }
}
