using System.Text.RegularExpressions;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Functions.Tests;

/// <summary>Who may name whom, read off the using lines and held against the table of docs/architecture.md.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Root = Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions");

    // A row that allows what nobody needs any more would allow it to the next one.
    [Fact]
    public void A_folder_names_those_that_the_map_says_and_no_others()
    {
        var folders = Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("bin" or "obj")).Order().ToArray();
        var map = MapRow().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Find()!, "docs", "architecture.md"))).ToDictionary(
            row => row.Groups["folder"].Value, row => folders.Intersect(Word().Matches(row.Groups["names"].Value).Select(word => word.Value)).Order());
        Assert.Equal(folders, map.Keys.Order());

        Assert.All(folders, folder => Assert.Equal(map[folder], Sources(folder)
            .SelectMany(file => OwnUsing().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct()
            .Where(name => name != folder && name != "Database").Order()));
    }

    [Fact]
    public void Only_the_doors_the_program_and_what_describes_the_doors_know_the_worker() =>
        Assert.All(Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsSource)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}Functions{Path.DirectorySeparatorChar}Functions{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                    && Path.GetFileName(Path.GetDirectoryName(file)) is not ("Functions" or "Azure" or "OpenApi") && Path.GetFileName(file) != "Program.cs"),
            file => Assert.DoesNotContain("Microsoft.Azure.Functions", File.ReadAllText(file), StringComparison.Ordinal));

    // Those that read, and those that nobody works beside: a migration takes its time, a restore fills a database that is nobody's yet.
    [Fact]
    public void Who_locks_rows_begins_where_a_frozen_holder_is_cut_off() =>
        Assert.Equal(["BackupWriter.cs", "Integrity.cs", "Migrator.cs", "Restore.cs", "Transactions.cs"], Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsSource)
            .Where(file => File.ReadAllText(file).Contains(".BeginTransaction", StringComparison.Ordinal)).Select(file => Path.GetFileName(file)).Order());

    [Fact]
    public void A_file_is_one_thing_of_250_lines_at_most() =>
        Assert.All(Directory.EnumerateFiles(RepositoryRoot.Find()!, "*.cs", SearchOption.AllDirectories).Where(IsSource),
            file => Assert.True(File.ReadLines(file).Count() <= 250, file));

    [Fact]
    public void Every_setting_that_a_timer_is_bound_to_is_in_the_sample_settings()
    {
        var sample = File.ReadAllText(Path.Combine(RepositoryRoot.Find()!, "local.settings.sample.json"));
        var bound = Sources("Functions").SelectMany(file => TimerSetting().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(bound);
        Assert.All(bound, name => Assert.Contains($"\"{name.Replace(":", "__", StringComparison.Ordinal)}\"", sample, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories);

    private static bool IsSource(string file) =>
        !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or ".local");

    [GeneratedRegex(@"^\| `(?<folder>\w+)/` \|[^|]*\| (?<names>[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex MapRow();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"using SkyPanel\.Functions\.(\w+)")]
    private static partial Regex OwnUsing();

    [GeneratedRegex("TimerTrigger\\(\"%([^%]+)%\"")]
    private static partial Regex TimerSetting();
}
