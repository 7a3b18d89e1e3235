namespace SkyPanel.Functions.Tests.Demo;

/// <summary>A folder of its own for a demo, deleted with its PostgreSQL.</summary>
internal sealed class DemoFolder : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skypanel-").FullName;

    public (string Name, string Value)[] Settings =>
        [("Demo__Folder", _folder), ("LocalHost__SchedulesFile", Path.Combine(_folder, "local.schedules.json"))];

    /// <summary>The admin key that the demo has made.</summary>
    public string Key => File.ReadAllText(Path.Combine(_folder, SkyPanel.Demo.DemoPreparation.AdminKeyFile)).Trim();

    public bool HasServer => File.Exists(Path.Combine(_folder, "postgres", "data", "postmaster.pid"));

    public async ValueTask DisposeAsync()
    {
        await SkyPanel.Demo.Postgres.EmbeddedPostgres.DiscardAsync(Path.Combine(_folder, "postgres"), CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }
}
