namespace SkyPanel.Functions.Doctor;

/// <summary>Looks at everything that the app relies on. It changes nothing that stays.</summary>
public sealed class Examination(DatabaseFindings database, JobFindings jobs, ScheduleStoreFindings stores, SecretFindings secrets, OutsideFindings outside)
{
    /// <returns>All findings, the worst first. Without a database nothing else is looked at.</returns>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken ct)
    {
        var findings = await database.LookAsync(ct);
        if (findings.Count > 1)
            findings = [.. findings, .. await jobs.LookAsync(ct), .. await stores.LookAsync(ct), await secrets.LookAsync(ct), .. await outside.LookAsync(ct)];
        return [.. findings.OrderBy(finding => Array.IndexOf(WorstFirst, finding.State))];
    }

    private static readonly string[] WorstFirst = ["failing", "warning", "off", "ok"];
}
