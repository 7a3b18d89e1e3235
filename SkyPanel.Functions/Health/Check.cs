namespace SkyPanel.Functions.Health;

/// <summary>A check that monitoring runs.</summary>
/// <param name="Name">The name, short and stable: the key of stored results.</param>
/// <param name="IsEachMinute">It costs one cheap statement and runs with each heartbeat too; the others run only with the job.</param>
/// <param name="RunAsync">Returns null to keep the previous result. An exception counts as unknown.</param>
public sealed record Check(string Name, bool IsEachMinute, Func<CheckPass, CancellationToken, Task<Finding?>> RunAsync);

/// <summary>One pass over the checks.</summary>
/// <param name="IsByHand">Somebody asked: nothing is left out for its cost.</param>
/// <param name="Found">The results of this round so far, by name.</param>
public sealed record CheckPass(bool IsByHand, Dictionary<string, Finding> Found)
{
    public bool IsFailing(string name) => Found.GetValueOrDefault(name) is { IsFailing: true };
}
