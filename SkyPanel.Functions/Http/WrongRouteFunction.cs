using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>What no other function takes under <c>/api</c>: another path, another method, an id that is none. It is no operation of the API, but its answer is.</summary>
/// <remarks>The name is the last of all: Functions hosts try routes in the order of their functions' names.</remarks>
public sealed class WrongRouteFunction(Gate gate)
{
    [Function("WrongRoute")]
    public Task<IResult> AnswerAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{*path}")] HttpRequest request) =>
        gate.TurnAwayAsync(request);
}
