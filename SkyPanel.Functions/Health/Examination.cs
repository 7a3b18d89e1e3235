namespace SkyPanel.Functions.Health;

/// <summary>Examines everything that the app depends on, without lasting changes.</summary>
public sealed class Examination(DatabaseFindings database, HeartbeatFindings heartbeat, JobFindings jobs, ScheduleStoreFindings stores,
    SecretFindings secrets, OutsideFindings outside, NoticeChecks notices, Checks checks)
{
    /// <returns>All findings, the worst first. Without a database it examines nothing else.</returns>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken ct)
    {
        var findings = await database.FindAsync(ct);
        if (findings.Count > 1)
        {
            var found = await Task.WhenAll(FindAsync("heartbeat", heartbeat.FindAsync), jobs.FindAsync(ct), stores.FindAsync(ct),
                FindAsync("secrets", secrets.FindAsync), outside.FindAsync(ct), FindAsync("mail", notices.FindMailAsync),
                checks.FindEachMinuteAsync(ct));
            findings = [.. findings, .. found.SelectMany(list => list)];
        }
        return [.. findings.OrderBy(finding => Array.IndexOf(WorstFirst, finding.State))];

        async Task<IReadOnlyList<Finding>> FindAsync(string name, Func<CancellationToken, Task<Finding>> look) =>
            [await Finding.TryAsync(name, look, ct)];
    }

    private static readonly FindingState[] WorstFirst =
        [FindingState.Failing, FindingState.Warning, FindingState.Off, FindingState.Ok];
}
