using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests;

/// <summary>Holds the using lines against the layers of docs/architecture.md.</summary>
public sealed partial class ArchitectureTests(ITestOutputHelper output)
{
    private static readonly string Root = Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions");

    // Everybody may know these; they know each other only.
    private static readonly string[] Foundation = ["Caching", "Database", "Outgoing", "Parsing", "Telemetry"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Settings"] = ["Http"],
        ["Ledger"] = [],
        ["Scheduling"] = ["Http", "Settings"],
        ["Http"] = ["Ledger"],
        ["Outbox"] = ["Http", "Settings"],
        ["Jobs"] = ["Http", "Ledger", "Outbox", "Scheduling"],
        ["Panel"] = ["Scheduling", "Settings"],
        ["VirtFusion"] = ["Panel", "Settings"],
        ["Metering"] = ["Jobs", "Panel", "VirtFusion"],
        ["Wallet"] = ["Http", "Jobs", "Ledger", "Outbox", "Panel", "VirtFusion"],
        ["Billing"] = ["Http", "Jobs", "Ledger", "Metering", "Panel", "Scheduling", "Wallet"],
        ["Dns"] = ["Jobs", "Ledger", "Panel", "Scheduling", "VirtFusion", "Wallet"],
        ["Payments"] = ["Http", "Jobs", "Ledger", "Outbox", "Scheduling", "Settings", "Wallet"],
        ["Customers"] = ["Billing", "Http", "Jobs", "Ledger", "Metering", "Outbox", "Panel", "Payments", "Scheduling", "Settings",
            "VirtFusion", "Wallet"],
        ["WhatIf"] = ["Billing", "Http", "Jobs", "Ledger", "Metering", "Panel"],
        ["Backup"] = ["Billing", "Jobs", "Ledger", "Scheduling"],
        ["Maintenance"] = ["Jobs", "Scheduling"],
        ["Health"] = ["Backup", "Billing", "Dns", "Http", "Jobs", "Metering", "Outbox", "Panel", "Payments", "Scheduling", "Settings",
            "VirtFusion"],
        ["ConsoleUi"] = ["Http"],
        ["Hosting"] = ["Backup", "Billing", "Dns", "Health", "Http", "Jobs", "Maintenance", "Payments", "Scheduling"],
    };

    [Fact]
    public void A_folder_knows_only_those_below_it() =>
        Assert.Empty(Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("bin" or "obj"))
            .SelectMany(folder => Sources(folder).SelectMany(file => OwnUsing().Matches(File.ReadAllText(file)))
                .Select(match => match.Groups[1].Value).Distinct()
                .Where(name => name != folder && !Foundation.Contains(name) && !Allowed.GetValueOrDefault(folder, []).Contains(name))
                .Select(name => $"{folder} -> {name}")));

    [Fact]
    public void No_folders_use_each_other_in_a_circle()
    {
        var uses = Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("bin" or "obj"))
            .ToDictionary(folder => folder, folder => Sources(folder)
                .SelectMany(file => OwnUsing().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
                .Where(name => name != folder && Directory.Exists(Path.Combine(Root, name))).ToHashSet());
        // All know these by global usings, which this test doesn't see. Of them, only Telemetry knows another: Outgoing.
        Assert.All(Foundation, folder => Assert.Empty(uses[folder]));
        var layers = new List<string[]>();
        while (uses.Count > 0)
        {
            var layer = uses.Where(folder => !folder.Value.Overlaps(uses.Keys)).Select(folder => folder.Key).Order().ToArray();
            Assert.True(layer.Length > 0, $"A circle among {string.Join(", ", uses.Keys.Order())}.");
            foreach (var folder in layer)
                output.WriteLine($"{layers.Count}  {folder} -> {string.Join(", ", uses[folder].Except(Foundation).Order())}");
            layers.Add(layer);
            Array.ForEach(layer, folder => uses.Remove(folder));
        }
    }

    [Fact]
    public void Only_functions_and_the_program_know_the_worker() =>
        Assert.All(Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsSource)
                .Where(file => !Path.GetFileName(file).EndsWith("Functions.cs", StringComparison.Ordinal)
                    && Path.GetFileName(file) != "Program.cs"),
            file => Assert.DoesNotContain("Microsoft.Azure.Functions", File.ReadAllText(file), StringComparison.Ordinal));

    // The local host reads no others, and the official worker can't make them.
    [Fact]
    public void Every_function_is_in_a_public_class() =>
        Assert.DoesNotContain(typeof(Startup).Assembly.GetTypes().Where(type => !type.IsVisible)
            .SelectMany(type => type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.Instance | BindingFlags.Static)), method => method.IsDefined(typeof(FunctionAttribute)));

    // Where the isolation is named, the defaults of role and database are overruled, and a frozen holder of locks is cut off.
    [Fact]
    public void Every_transaction_begins_in_one_place() =>
        Assert.Equal(["Transactions.cs"], Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsSource)
            .Where(file => File.ReadAllText(file).Contains(".BeginTransaction", StringComparison.Ordinal))
                .Select(file => Path.GetFileName(file)).Order());

    [Fact]
    public void Only_the_ledger_inserts_transfers() =>
        Assert.Equal(["0001_ledger.sql", "Transfers.cs"], Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Where(IsSource)
            .Where(file => Path.GetExtension(file) is ".cs" or ".sql"
                && File.ReadAllText(file).Contains("insert into cron_service.transfers", StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file)).Order());

    [Fact]
    public void A_file_is_one_thing_of_250_lines_at_most() =>
        Assert.All(Directory.EnumerateFiles(RepositoryRoot.Find()!, "*.cs", SearchOption.AllDirectories).Where(IsSource),
            file => Assert.True(File.ReadLines(file).Count() <= 250, file));

    [Fact]
    public void Every_setting_that_a_timer_is_bound_to_is_in_the_sample_settings()
    {
        var sample = File.ReadAllText(Path.Combine(RepositoryRoot.Find()!, "local.settings.sample.json"));
        var bound = Directory.EnumerateFiles(Root, "*Functions.cs", SearchOption.AllDirectories).Where(IsSource)
            .SelectMany(file => TimerSetting().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(bound);
        Assert.All(bound, name => Assert.Contains($"\"{name.Replace(":", "__", StringComparison.Ordinal)}\"", sample,
            StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories);

    private static bool IsSource(string file) =>
        !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or ".local");

    [GeneratedRegex(@"using SkyPanel\.Functions\.(\w+)")]
    private static partial Regex OwnUsing();

    [GeneratedRegex("TimerTrigger\\(\"%([^%]+)%\"")]
    private static partial Regex TimerSetting();
}
