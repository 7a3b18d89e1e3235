using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Functions;

/// <summary>The examination over HTTP.</summary>
public sealed class DoctorFunction(Door door, DoctorEndpoints doctor)
{
    /// <summary>Examines everything that the app relies on, and says what to do.</summary>
    [Function("GetDoctor")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(DoctorAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = DoctorEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => doctor.GetAsync(request.HttpContext.RequestAborted));
}
