using CsCheck;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class BackOffTests
{
    [Fact]
    public void Back_offs_double_stay_between_the_first_and_an_hour_and_differ_by_a_quarter_at_most() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Int[1, 600], Gen.Int[1, 30]).Sample((runId, seconds, attempt) =>
        {
            var (first, longest) = (TimeSpan.FromSeconds(seconds), TimeSpan.FromHours(1));
            var (delay, next) = (Retries.BackOff(first, runId, attempt), Retries.BackOff(first, runId, attempt + 1));
            var doubled = attempt > 20 ? longest : first * Math.Min(Math.Pow(2, attempt - 1), longest / first);
            return delay >= first && delay <= longest && (next > delay || delay == longest || next == longest || doubled == longest)
                && delay >= doubled && delay <= doubled * 1.25 && delay == Retries.BackOff(first, runId, attempt);
        });

    [Fact]
    public void Runs_that_failed_together_spread_over_the_quarter() =>
        Gen.Long[1, 1_000_000].Sample(runId =>
        {
            var shares = Enumerable.Range(0, 200)
                .Select(n => (Retries.BackOff(TimeSpan.FromMinutes(1), runId + n, 1) - TimeSpan.FromMinutes(1)) / TimeSpan.FromSeconds(15))
                .ToArray();
            return shares.Min() < 0.1 && shares.Max() > 0.9 && shares.Average() is > 0.4 and < 0.6;
        });
}
