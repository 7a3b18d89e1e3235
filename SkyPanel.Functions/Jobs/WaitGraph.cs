namespace SkyPanel.Functions.Jobs;

/// <summary>Which jobs wait for which.</summary>
public static class WaitGraph
{
    /// <param name="waits">By job, those that it waits for.</param>
    /// <returns>The shortest way from a job back to itself, as <c>a, b, a</c>; null when there is none.</returns>
    public static IReadOnlyList<string>? FindCycle(IReadOnlyDictionary<string, IReadOnlyList<string>> waits, string from)
    {
        var cameFrom = new Dictionary<string, string>();
        var looking = new Queue<string>([from]);
        while (looking.TryDequeue(out var job))
        {
            foreach (var next in waits.GetValueOrDefault(job) ?? [])
            {
                if (!cameFrom.TryAdd(next, job))
                    continue;
                if (next == from)
                    return WayBack(cameFrom, from);
                looking.Enqueue(next);
            }
        }
        return null;
    }

    private static List<string> WayBack(Dictionary<string, string> cameFrom, string from)
    {
        List<string> way = [from];
        do
            way.Insert(0, cameFrom[way[0]]);
        while (way[0] != from);
        return way;
    }
}
