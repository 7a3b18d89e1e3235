using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Health;

/// <summary>The examination over HTTP.</summary>
public sealed class DoctorFunction(Gate gate, DoctorEndpoints doctor)
{
    /// <summary>Examines everything that the app relies on, and says what to do.</summary>
    [Function("GetDoctor")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(DoctorAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = DoctorEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => doctor.GetAsync(request.HttpContext.RequestAborted));
}
