using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>Serves the examination of the installation over HTTP.</summary>
public sealed class DoctorFunctions(Gate gate, Examination examination, AsyncMutex<DoctorFunctions> mutex)
{
    /// <summary>Examines everything that the app depends on, with advice.</summary>
    [Function("GetDoctor")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(DoctorAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/doctor")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            // It asks VirtFusion too, whose few calls a second are for billing.
            var findings = await mutex.RunAsync(() => examination.ExamineAsync(ct), ct);
            return ApiJson.Ok(new DoctorAnswer(findings.All(finding => finding.State is FindingState.Ok or FindingState.Off), findings));
        });
}

/// <summary>The examination.</summary>
/// <param name="Ok">Nothing is failing, and nothing works otherwise than it should.</param>
public sealed record DoctorAnswer(bool Ok, IReadOnlyList<Finding> Findings);
