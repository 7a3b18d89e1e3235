namespace SkyPanel.Functions.Health;

/// <summary>Examines everything that the app relies on, without lasting changes.</summary>
public sealed class Examination(DatabaseFindings database, HeartbeatFindings heartbeat, JobFindings jobs, ScheduleStoreFindings stores,
    SecretFindings secrets, OutsideFindings outside,
    PaymentFindings payments, SuspensionChecks suspensions, NoticeFindings notices)
{
    /// <returns>All findings, the worst first. Without a database nothing else is examined.</returns>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken ct)
    {
        var findings = await database.LookAsync(ct);
        if (findings.Count > 1)
        {
            var looks = await Task.WhenAll(TryAsync("heartbeat", heartbeat.LookAsync, ct), TryAsync("jobs", jobs.LookAsync, ct),
                TryAsync("schedules", stores.LookAsync, ct), TryAsync("secrets", secrets.LookAsync, ct),
                TryAsync("outside", outside.LookAsync, ct), TryAsync("paypal", payments.LookAsync, ct),
                TryAsync("suspensions", suspensions.FindAsync, ct), TryAsync("notices", notices.LookAsync, ct));
            findings = [.. findings, .. looks.SelectMany(look => look)];
        }
        return [.. findings.OrderBy(finding => Array.IndexOf(WorstFirst, finding.State))];
    }

    private static async Task<IReadOnlyList<Finding>> TryAsync(string name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> look,
        CancellationToken ct)
    {
        IReadOnlyList<Finding> findings = [];
        var failure = await Finding.TryAsync(name, async () =>
        {
            findings = await look(ct);
            return Finding.Ok(name, "");
        }, ct);
        return failure.State == FindingState.Ok ? findings : [failure];
    }

    private static readonly FindingState[] WorstFirst =
        [FindingState.Failing, FindingState.Warning, FindingState.Off, FindingState.Ok];
}
