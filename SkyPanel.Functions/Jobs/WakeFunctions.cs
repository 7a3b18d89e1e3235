using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Wakes the jobs over HTTP, for a scheduler outside of the app.</summary>
public sealed class WakeFunctions(Gate gate, Heartbeat heartbeat, TimeProvider time)
{
    private static readonly TimeSpan MaxRunTime = TimeSpan.FromSeconds(90);

    /// <summary>Executes a heartbeat.</summary>
    /// <remarks>Starts the due jobs and answers when their runs have ended, or after about 90 seconds: the next heartbeat or wake continues
    /// the rest. A run that makes no progress in three requests is left to the heartbeat's own timer, and fails if that doesn't continue it
    /// within ten minutes. For a scheduler that calls it each minute, besides or instead of the heartbeat's own timer.</remarks>
    [Function("Wake")]
    [Operation(Role.Operator)]
    [Answer(200, typeof(WakeAnswer))]
    public Task<IResult> WakeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/wake")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Operator, async (_, _) =>
        {
            // Ignores a hang-up of the caller, which must not stop runs.
            using var deadline = new CancellationTokenSource(MaxRunTime, time);
            return ApiJson.Ok(new WakeAnswer(true, await heartbeat.WakeAsync(deadline.Token)));
        });
}

/// <summary>The result of a wake.</summary>
/// <param name="Started">The runs that it started or continued; the next heartbeat continues those that are <c>running</c>.</param>
public sealed record WakeAnswer(bool Success, IReadOnlyList<StartedRun> Started);
