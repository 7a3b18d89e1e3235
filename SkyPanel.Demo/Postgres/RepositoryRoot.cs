namespace SkyPanel.Demo.Postgres;

/// <summary>Finds the folder with the solution and <c>package.json</c>, which contains <c>node_modules</c> and <c>.local</c>.</summary>
public static class RepositoryRoot
{
    /// <returns>The nearest one above the program or the current folder; null for a published program.</returns>
    public static string? Find() => Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory);

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "package.json")) && File.Exists(Path.Combine(at.FullName, "SkyPanel.Functions.sln")))
                return at.FullName;
        }

        return null;
    }
}
