using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Runs the checks one after the other and stores each result at once, so that a failing check doesn't affect the
/// others.</summary>
/// <param name="further">The checks of features that this one doesn't know.</param>
public sealed class Checks(OutsideChecks outside, MoneyChecks money, RunLogChecks runs, IEnumerable<Check> further, CheckRecords records,
    ILogger<Checks> logger)
{
    private readonly Check[] _checks = [.. outside.All, .. money.All, .. runs.All, .. further];

    /// <summary>Runs all checks, as the job does.</summary>
    /// <param name="fence">Of the run; null: nothing is stored, and no alert is sent.</param>
    public Task<CheckPass> RunAsync(bool isByHand, Fence? fence, CancellationToken ct) =>
        RunAsync(_checks, isByHand, fence is null ? null : (name, result, since) => records.StoreAsync(name, result, since, fence, ct),
            ct);

    /// <summary>Runs the cheap checks, as the heartbeat does.</summary>
    public Task RunEachMinuteAsync(CancellationToken ct) =>
        RunAsync(EachMinute, false,
            (name, result, since) => records.StoreAsync(name, result, since, null, ct), ct);

    /// <summary>Runs the cheap checks for the doctor: nothing is stored, and no alert is sent.</summary>
    public async Task<IReadOnlyList<Finding>> FindEachMinuteAsync(CancellationToken ct) =>
        [.. (await RunAsync(EachMinute, false, null, ct)).Found.Select(found => found.Value with { Name = found.Key })];

    private IEnumerable<Check> EachMinute => _checks.Where(check => check.IsEachMinute);

    private async Task<CheckPass> RunAsync(IEnumerable<Check> wanted, bool isByHand,
        Func<string, Finding, DateTimeOffset, Task>? store, CancellationToken ct)
    {
        var pass = new CheckPass(isByHand, []);
        foreach (var check in wanted)
        {
            var since = await records.NowAsync(ct);
            if (await RunAsync(check, pass, ct) is not { } result)
                continue;
            pass.Found[check.Name] = result;
            if (store is not null)
                await store(check.Name, result, since);
        }
        return pass;
    }

    private async Task<Finding?> RunAsync(Check check, CheckPass pass, CancellationToken ct)
    {
        try
        {
            return await check.RunAsync(pass, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Not to know is a finding too.
        {
            if (RunError.IsOutage(e))
                logger.LogWarning("The check {Check} could not look: {Reason}", check.Name, e.Message);
            else
                logger.LogWarning(e, "The check {Check} could not look", check.Name);
            return Finding.Warning($"it could not look ({e.GetType().Name}): the log says why");
        }
    }
}
