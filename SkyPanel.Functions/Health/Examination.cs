namespace SkyPanel.Functions.Health;

/// <summary>Examines everything that the app depends on, without lasting changes.</summary>
public sealed class Examination(DatabaseFindings database, HeartbeatFindings heartbeat, JobFindings jobs, ScheduleStoreFindings stores,
    SecretFindings secrets, OutsideFindings outside,
    PaymentFindings payments, SuspensionChecks suspensions, NoticeFindings notices)
{
    /// <returns>All findings, the worst first. Without a database it examines nothing else.</returns>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken ct)
    {
        var findings = await database.FindAsync(ct);
        if (findings.Count > 1)
        {
            var found = await Task.WhenAll(TryAsync("heartbeat", heartbeat.FindAsync, ct), TryAsync("jobs", jobs.FindAsync, ct),
                TryAsync("schedules", stores.FindAsync, ct), TryAsync("secrets", secrets.FindAsync, ct),
                TryAsync("outside", outside.FindAsync, ct), TryAsync("paypal", payments.FindAsync, ct),
                TryAsync("suspensions", suspensions.FindAsync, ct), TryAsync("notices", notices.FindAsync, ct));
            findings = [.. findings, .. found.SelectMany(list => list)];
        }
        return [.. findings.OrderBy(finding => Array.IndexOf(WorstFirst, finding.State))];
    }

    private static async Task<IReadOnlyList<Finding>> TryAsync(string name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> find,
        CancellationToken ct)
    {
        IReadOnlyList<Finding> findings = [];
        var failure = await Finding.TryAsync(name, async () =>
        {
            findings = await find(ct);
            return Finding.Ok(name, "");
        }, ct);
        return failure.State == FindingState.Ok ? findings : [failure];
    }

    private static readonly FindingState[] WorstFirst =
        [FindingState.Failing, FindingState.Warning, FindingState.Off, FindingState.Ok];
}
