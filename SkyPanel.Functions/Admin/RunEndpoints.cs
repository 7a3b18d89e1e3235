using System.Globalization;
using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Admin;

/// <summary>The run log over HTTP.</summary>
public static class RunEndpoints
{
    public const string ListRoute = "api/admin/cron/logs";
    public const string FindRoute = "api/admin/cron/runs/{runId:long}";

    private const int MostRuns = 500;
    private static readonly string[] Statuses = ["running", "succeeded", "partial", "failed", "skipped", "held", "cancelled", "abandoned"];

    /// <summary>Newest first; <c>nextCursor</c> is null on the last page.</summary>
    public static async Task<IResult> ListAsync(HttpRequest request, RunQueries runs, JobRunner runner, CancellationToken ct)
    {
        var query = request.Query;
        Query.Only(query, "job", "status", "from", "to", "limit", "cursor");
        var limit = Query.Number(query, "limit", 1, MostRuns) ?? 50;
        var page = await runs.ListAsync(
            Query.OneOf(query, "job", [.. runner.Jobs.Select(j => j.Name)]), Query.OneOf(query, "status", Statuses), Query.Instant(query, "from"), Query.Instant(query, "to"),
            Query.Number(query, "cursor", 1, long.MaxValue), (int)limit, ct);
        return AdminJson.Ok(new RunPage(page, page.Count < limit ? null : page[^1].RunId.ToString(CultureInfo.InvariantCulture)));
    }

    public static async Task<IResult> FindAsync(long runId, RunQueries runs, CancellationToken ct) =>
        await runs.FindAsync(runId, ct) is { } run
            ? AdminJson.Ok(new RunDetails(run, await runs.ServersAsync(runId, ct), await runs.ErrorsAsync(runId, ct)))
            : Problem.NotFound($"There is no run {runId}.");
}

/// <summary>Runs, newest first.</summary>
/// <param name="NextCursor">Where the next page begins, as the parameter <c>cursor</c> takes it; null on the last one.</param>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? NextCursor);

/// <summary>A run, what it charged and what went wrong.</summary>
/// <param name="Servers">The first 10,000 of a billing run.</param>
public sealed record RunDetails(Run Run, IReadOnlyList<RunServer> Servers, IReadOnlyList<RunError> Errors);
