namespace SkyPanel.Functions.Jobs;

/// <summary>The graph of dependencies between jobs.</summary>
public static class WaitGraph
{
    /// <param name="waits">The dependencies of each job.</param>
    /// <returns>The shortest cycle, such as <c>a, b, a</c>; null when there is none.</returns>
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
