using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Monitoring;

namespace SkyPanel.Functions.Admin;

/// <summary>What monitoring found, as it stands.</summary>
public sealed class MonitoringEndpoints(CheckRecords records)
{
    public const string ChecksRoute = "api/admin/monitoring/checks";

    public async Task<IResult> ChecksAsync(CancellationToken ct) => AdminJson.Ok(new { checks = await records.ListAsync(ct) });

    /// <summary>The same in short, for the status.</summary>
    public async Task<object> SummaryAsync(CancellationToken ct)
    {
        var found = await records.ListAsync(ct);
        return new
        {
            ok = found.Count(check => check.State == "ok"),
            failing = found.Where(check => check.State == "failing").Select(check => check.Name),
            unknown = found.Where(check => check.State == "unknown").Select(check => check.Name),
        };
    }
}
