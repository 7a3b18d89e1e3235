using SkyPanel.Functions.Http;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Changes a job's settings on a request.</summary>
public sealed class SettingsWriter(JobRegistry jobs, NpgsqlDataSource database, AsyncMutex<SettingsWriter> mutex)
{
    // One change at a time across all processes, so that absent fields keep the values of a concurrent change.
    private const string LockSql = $"select pg_advisory_xact_lock({AdvisoryLocks.JobSettings})";

    /// <summary>Stores the given fields; the others stay unchanged. Nothing is stored unless all are valid.</summary>
    /// <returns>The change, the take-over, and the reason why a table of the panel refused it; null when it is stored.</returns>
    /// <exception cref="BadInputException">A field is invalid.</exception>
    public Task<(SettingsChange Change, object? TakeOver, string? Refusal)> ChangeAsync(Caller caller, IJob job, SettingsBody body,
        CancellationToken ct)
    {
        CheckNames(job.Name, body.WaitsFor);
        return mutex.RunAsync(() => WriteAsync(caller, job, body), ct);
    }

    // One transaction, so that no change lacks its line in the audit. Ignores a hang-up of the caller, which must not leave the change
    // half done.
    private async Task<(SettingsChange Change, object? TakeOver, string? Refusal)> WriteAsync(Caller caller, IJob job, SettingsBody body)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        await connection.ExecuteAsync(LockSql, CancellationToken.None);
        var now = await job.ReadSettingsAsync(CancellationToken.None);
        // Other jobs ignore the value that they show.
        if (!job.HasHoursPerMonth && body.HoursPerMonth is { } hours && hours != now.HoursPerMonth)
            throw new BadInputException("hoursPerMonth",
                $"is {string.Join(" and ", jobs.All.Where(other => other.HasHoursPerMonth).Select(other => other.Name))}'s alone");
        var schedule = Schedule.Parse(body.Schedule ?? now.Schedule.Expression, body.TimeZone ?? now.Schedule.TimeZone);
        var change = new SettingsChange(body.Enabled ?? now.Enabled, body.Enabled, schedule, body.HoursPerMonth ?? now.HoursPerMonth,
            body.Note, caller);
        var before = await StoredSettings.FindAsync(connection, job.Name, CancellationToken.None);
        // Comes first, as it locks the jobs in order.
        if (body.WaitsFor is { } waitsFor && await Dependencies.WriteAsync(connection, job.Name, waitsFor, CancellationToken.None)
            is { } cycle)
            throw new BadInputException("waitsFor", $"must not let jobs wait in a circle: {string.Join(" → ", cycle)}");
        try
        {
            await job.WriteSettingsAsync(connection, change, CancellationToken.None);
        }
        catch (PostgresException e) when (Attempt.IsRefusal(e))
        {
            return (change, null, e.MessageText);
        }
        await Audit.WriteAsync(connection, caller, "change-settings", job.Name, before,
            await StoredSettings.FindAsync(connection, job.Name, CancellationToken.None), body.Note);
        var takeOver = change.IsEnabling ? await job.TakeOverAsync(connection, change, CancellationToken.None) : null;
        await transaction.CommitAsync(CancellationToken.None);
        return (change, takeOver, null);
    }

    private void CheckNames(string job, string[]? waitsFor)
    {
        if (waitsFor?.FirstOrDefault(name => name == job || jobs.Find(name) is null) is { } wrong)
            throw new BadInputException("waitsFor",
                $"has '{(wrong.Length > 40 ? wrong[..40] : wrong)}': other jobs are allowed, " +
                $"{string.Join(", ", jobs.All.Select(other => other.Name).Where(other => other != job))}");
        if (waitsFor?.Contains(null) == true || waitsFor?.Distinct().Count() < waitsFor?.Length)
            throw new BadInputException("waitsFor", "must have the name of each job once");
    }
}
