using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SkyPanel.Functions.Tests.SpreadProcesses))]

namespace SkyPanel.Functions.Tests;

/// <summary>Spreads the classes that wait for processes and full minutes among those that compute, so that the processors are always busy.
/// None starts in the last fifth of the run.</summary>
public sealed class SpreadProcesses : ITestCollectionOrderer
{
    private const double StartedBy = 0.8;
    private static readonly string[] Folders = [".Outside.", ".Demo.", ".FunctionsHost."];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : notnull, ITestCollection =>
        [.. testCollections.GroupBy(HasProcesses).SelectMany(group => group.Select((collection, index) =>
                (Collection: collection, Place: (group.Key ? StartedBy : 1) * index / group.Count())))
            .OrderBy(placed => placed.Place).Select(placed => placed.Collection)];

    private static bool HasProcesses<TTestCollection>(TTestCollection collection) where TTestCollection : notnull, ITestCollection =>
        Array.Exists(Folders, folder => collection.TestCollectionDisplayName.Contains(folder, StringComparison.Ordinal));
}
