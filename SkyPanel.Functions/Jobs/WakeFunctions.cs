using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Wakes the jobs over HTTP, for a scheduler outside of the app.</summary>
public sealed class WakeFunctions(Gate gate, Heartbeat heartbeat, TimeProvider time)
{
    private const string Route = "api/admin/cron/wake";

    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(90);

    /// <summary>Does what a heartbeat does.</summary>
    /// <remarks>Starts what is due by the stored schedules, and answers when that has ended, or after about 90 seconds: the next heartbeat,
    /// or the next wake, goes on with what has not. To be called each minute by a scheduler, beside the heartbeat's own timer or in its
    /// place.</remarks>
    [Function("Wake")]
    [Operation(Role.Operator)]
    [Answer(200, typeof(WakeAnswer))]
    public Task<IResult> WakeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Operator, async (_, _) =>
        {
            // Not the request's token: a caller that hangs up must not stop what is under way.
            using var outOfTime = new CancellationTokenSource(LongestRun, time);
            return ApiJson.Ok(new WakeAnswer(true, await heartbeat.WakeAsync(outOfTime.Token)));
        });
}

/// <summary>What a wake did.</summary>
/// <param name="Started">The runs that it started, or went on with; <c>running</c> is what the next heartbeat goes on with.</param>
public sealed record WakeAnswer(bool Success, IReadOnlyList<StartedRun> Started);
