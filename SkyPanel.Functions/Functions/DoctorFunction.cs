using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>The examination over HTTP.</summary>
public sealed class DoctorFunction(Door door, DoctorEndpoints doctor)
{
    [Function("GetDoctor")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = DoctorEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => doctor.GetAsync(request.HttpContext.RequestAborted));
}
