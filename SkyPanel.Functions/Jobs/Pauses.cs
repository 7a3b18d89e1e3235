namespace SkyPanel.Functions.Jobs;

/// <summary>Stores pauses of one job or all, for every process and across restarts. Missed occurrences coalesce into one run
/// afterwards.</summary>
public sealed class Pauses(NpgsqlDataSource database)
{
    /// <summary>Stands for all jobs.</summary>
    public const string All = "*";

    // Prefers the pause of the job to that of all.
    private const string FindSql = """
        select job = '*' as is_of_all, paused_at, paused_by, note from cron_service.pauses
        where job in (@job, '*') order by job = '*' limit 1
        """;

    private const string ListSql = "select job, job = '*' as is_of_all, paused_at, paused_by, note from cron_service.pauses";

    private const string PauseSql = """
        insert into cron_service.pauses (job, paused_by, note) values (@job, @by, @note)
        on conflict (job) do update set paused_by = excluded.paused_by, note = excluded.note
        """;

    private const string ResumeSql = "delete from cron_service.pauses where job = @job";

    /// <returns>The pause in force for a job, its own or that of all; null when there is none.</returns>
    public Task<Pause?> FindAsync(string job, CancellationToken ct) => database.FindAsync<Pause>(FindSql, ct, ("job", job));

    /// <returns>The same for each of these jobs.</returns>
    public async Task<IReadOnlyDictionary<string, Pause?>> FindAsync(IEnumerable<string> jobs, CancellationToken ct)
    {
        var pauses = (await database.QueryAsync<JobPause>(ListSql, ct))
            .ToDictionary(one => one.Job, one => one.Pause);
        return jobs.ToDictionary(job => job, job => pauses.GetValueOrDefault(job) ?? pauses.GetValueOrDefault(All));
    }

    /// <summary>Reads the pause in the caller's transaction.</summary>
    public static Task<Pause?> FindAsync(NpgsqlConnection connection, string job) =>
        connection.FindAsync<Pause>(FindSql, CancellationToken.None, ("job", job));

    /// <summary>Pauses in the caller's transaction. An existing pause keeps its start.</summary>
    public static Task PauseAsync(NpgsqlConnection connection, string job, string by, string note) =>
        connection.ExecuteAsync(PauseSql, CancellationToken.None, ("job", job), ("by", by), ("note", note));

    public static Task ResumeAsync(NpgsqlConnection connection, string job) =>
        connection.ExecuteAsync(ResumeSql, CancellationToken.None, ("job", job));

    private sealed record JobPause(string Job, Pause Pause);
}

/// <summary>A pause with its author, start and reason.</summary>
public sealed record Pause(bool IsOfAll, DateTime PausedAt, string PausedBy, string Note)
{
    public override string ToString() =>
        $"paused{(IsOfAll ? " with all jobs" : "")} by {PausedBy} since {PausedAt:yyyy-MM-dd HH:mm} UTC: {Note}";
}
