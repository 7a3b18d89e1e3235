using CsCheck;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class WaitGraphTests
{
    private static readonly string[] Jobs = ["a", "b", "c", "d", "e", "f"];

    private static readonly Gen<string> Job = Gen.Int[0, Jobs.Length - 1].Select(i => Jobs[i]);
    private static readonly Gen<(string Job, string[] For)[]> Changes =
        Gen.Select(Job, Job.Array[0, 3].Select(jobs => jobs.Distinct().ToArray())).Array[1, 40];

    [Fact]
    public void Whatever_is_changed_one_after_the_other_no_circle_is_let_in_and_none_is_refused_that_is_not_there() =>
        Changes.Sample(changes =>
    {
        Dictionary<string, IReadOnlyList<string>> stored = [];
        foreach (var (job, waitsFor) in changes)
        {
            var wanted = new Dictionary<string, IReadOnlyList<string>>(stored) { [job] = waitsFor };
            var cycle = WaitGraph.FindCycle(wanted, job);
            if ((cycle is null) != IsAcyclic(wanted))
                return false;
            if (cycle is null)
                stored = wanted;
            else if (cycle[0] != job || cycle[^1] != job || !cycle.Zip(cycle.Skip(1)).All(step => wanted[step.First].Contains(step.Second))
                || cycle.Skip(1).Distinct().Count() != cycle.Count - 1)
                return false;
        }
        return IsAcyclic(stored);
    });

    // As one would on paper: whoever waits for nobody that is left goes, until nobody is left or nobody can go.
    private static bool IsAcyclic(Dictionary<string, IReadOnlyList<string>> waits)
    {
        var left = waits.ToDictionary(pair => pair.Key, pair => pair.Value.ToHashSet());
        while (left.Count > 0)
        {
            var free = left.Where(pair => !pair.Value.Any(left.ContainsKey)).Select(pair => pair.Key).ToList();
            if (free.Count == 0)
                return false;
            free.ForEach(job => left.Remove(job));
        }
        return true;
    }
}
