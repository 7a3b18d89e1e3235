using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SkyPanel.Functions.Tests.ProcessesFirst))]

namespace SkyPanel.Functions.Tests;

/// <summary>Starts the classes that wait for processes and full minutes before all others: at the end they would run alone.</summary>
public sealed class ProcessesFirst : ITestCollectionOrderer
{
    private static readonly string[] Folders = [".Outside.", ".Demo.", ".FunctionsHost."];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : notnull, ITestCollection =>
        [.. testCollections.OrderBy(collection => !Array.Exists(Folders, folder =>
            collection.TestCollectionDisplayName.Contains(folder, StringComparison.Ordinal)))];
}
