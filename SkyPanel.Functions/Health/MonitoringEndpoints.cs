using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>What monitoring found, as it stands.</summary>
public sealed class MonitoringEndpoints(CheckRecords records)
{
    public const string ChecksRoute = "api/admin/monitoring/checks";

    public async Task<IResult> ChecksAsync(CancellationToken ct) => AdminJson.Ok(new ChecksAnswer(await records.ListAsync(ct)));

    /// <summary>The same in short, for the status.</summary>
    public async Task<CheckSummary> SummaryAsync(CancellationToken ct)
    {
        var found = await records.ListAsync(ct);
        return new(found.Count(check => check.State == "ok"), Named("failing"), Named("unknown"));

        List<string> Named(string state) => [.. found.Where(check => check.State == state).Select(check => check.Name)];
    }
}

/// <summary>What monitoring looks at.</summary>
public sealed record ChecksAnswer(IReadOnlyList<CheckRecord> Checks);

/// <summary>The checks in short.</summary>
/// <param name="Ok">How many hold.</param>
/// <param name="Failing">Their names.</param>
/// <param name="Unknown">Names of those that can't be looked at.</param>
public sealed record CheckSummary(int Ok, IReadOnlyList<string> Failing, IReadOnlyList<string> Unknown);
