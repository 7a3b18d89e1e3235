using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>The run log over HTTP.</summary>
public static class RunEndpoints
{
    public const string ListRoute = "api/admin/cron/logs";
    public const string FindRoute = "api/admin/cron/runs/{runId:long}";

    /// <summary>Newest first; <c>nextCursor</c> is null on the last page.</summary>
    public static async Task<IResult> ListAsync(HttpRequest request, RunQueries runs, JobRunner runner, CancellationToken ct)
    {
        var query = Query.Read<RunsQuery>(request);
        if (query.Job is { } job && runner.Find(job) is null)
            throw new BadInputException("job", $"must be one of {string.Join(", ", runner.Jobs.Select(known => known.Name))}");
        var page = await runs.ListAsync(query.Job, query.Status, query.From, query.To, query.Cursor, query.Limit, ct);
        return AdminJson.Ok(new RunPage(page, page.Count < query.Limit ? null : page[^1].RunId.ToString(CultureInfo.InvariantCulture)));
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
/// <param name="Servers">The first 10,000 of a billing run. None of one that billed more than 200,000 server-hours, whose totals <c>run</c> has: each hour is among its server's charges.</param>
public sealed record RunDetails(Run Run, IReadOnlyList<RunServer> Servers, IReadOnlyList<RunError> Errors);

/// <summary>Which runs are listed.</summary>
public sealed class RunsQuery
{
    /// <summary>A job's name.</summary>
    public string? Job { get; set; }

    /// <summary>How they stand.</summary>
    [AllowedValues("running", "succeeded", "partial", "failed", "skipped", "held", "cancelled", "abandoned")]
    public string? Status { get; set; }

    /// <summary>Started then or later.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>Runs on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 50;

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? Cursor { get; set; }
}
