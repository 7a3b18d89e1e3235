using System.Text.RegularExpressions;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Functions.Tests;

/// <summary>Who may name whom, read off the using lines: the table of docs/architecture.md, held to.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> MayName = new()
    {
        ["Ledger"] = ["Database"],
        ["Outbox"] = ["Database"],
        ["Secrets"] = ["Database"],
        ["Discord"] = ["Secrets", "Outbox", "Database"],
        ["Database"] = [],
        ["Telemetry"] = [],
        ["Caching"] = ["Telemetry"],
        ["Azure"] = [],
        ["Local"] = ["Scheduling"],
        ["AppConfiguration"] = ["Scheduling"],
        ["VirtFusion"] = ["Secrets", "Database"],
        ["Scheduling"] = ["Database"],
        ["Metering"] = ["VirtFusion", "Database"],
        ["Wallet"] = ["Ledger", "VirtFusion", "Database"],
        ["Billing"] = ["Caching", "Ledger", "Metering", "Wallet", "Database"],
        ["Monitoring"] = ["Outbox", "Discord", "VirtFusion", "Metering", "Billing", "Database"],
        ["Backup"] = ["Billing", "Ledger", "Database"],
        ["Maintenance"] = ["Database"],
        ["Dns"] = ["Caching", "Ledger", "Wallet", "VirtFusion", "Database"],
        ["Jobs"] = ["Caching", "Telemetry", "Ledger", "Backup", "Maintenance", "Scheduling", "Billing", "Dns", "Metering", "Wallet", "Outbox", "Monitoring", "Database"],
        ["Doctor"] = ["Secrets", "Jobs", "Scheduling", "AppConfiguration", "Backup", "Discord", "VirtFusion", "Database"],
        ["Admin"] = ["Caching", "Secrets", "VirtFusion", "Discord", "Doctor", "Jobs", "Monitoring", "Scheduling", "Billing", "Dns", "Wallet", "Metering", "Ledger", "Database"],
        ["OpenApi"] = ["Admin"],
        ["Functions"] = ["Admin", "OpenApi", "Doctor", "Jobs", "Scheduling", "Billing", "Wallet", "Metering", "Ledger", "Database"],
    };

    private static readonly string Root = Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions");

    [Fact]
    public void A_folder_names_only_those_that_the_map_allows()
    {
        var folders = Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)!).Where(name => name is not ("bin" or "obj")).ToArray();
        Assert.Empty(folders.Except(MayName.Keys));

        foreach (var folder in folders)
        {
            var named = Sources(folder).SelectMany(file => OwnUsing().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct();
            Assert.Empty(named.Except(MayName[folder]).Where(name => name != folder).Select(name => $"{folder} names {name}"));
        }
    }

    [Fact]
    public void Only_the_doors_the_program_and_what_describes_the_doors_know_the_worker() =>
        Assert.All(Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsSource)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}Functions{Path.DirectorySeparatorChar}Functions{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                    && Path.GetFileName(Path.GetDirectoryName(file)) is not ("Functions" or "Azure" or "OpenApi") && Path.GetFileName(file) != "Program.cs"),
            file => Assert.DoesNotContain("Microsoft.Azure.Functions", File.ReadAllText(file), StringComparison.Ordinal));

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

    [GeneratedRegex(@"using SkyPanel\.Functions\.(\w+)")]
    private static partial Regex OwnUsing();

    [GeneratedRegex("TimerTrigger\\(\"%([^%]+)%\"")]
    private static partial Regex TimerSetting();
}
