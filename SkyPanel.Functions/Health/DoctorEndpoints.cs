using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>What is wrong with the installation, and what to do.</summary>
public sealed class DoctorEndpoints(Examination examination) : IDisposable
{
    public const string Route = "api/admin/doctor";

    // It asks VirtFusion too, whose few calls a second are for billing.
    private readonly Turn _turn = new();

    public void Dispose() => _turn.Dispose();

    public async Task<IResult> GetAsync(CancellationToken ct)
    {
        var findings = await _turn.TakeAsync(() => examination.ExamineAsync(ct), ct);
        return AdminJson.Ok(new DoctorAnswer(findings.All(finding => finding.State is "ok" or "off"), findings));
    }
}

/// <summary>The examination.</summary>
/// <param name="Ok">Nothing is failing, and nothing works otherwise than it should.</param>
public sealed record DoctorAnswer(bool Ok, IReadOnlyList<Finding> Findings);
