using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SkyPanel.Functions.Tests.Backup;
using SkyPanel.Functions.Tests.WhatIf;
using SkyPanel.Demo.Postgres;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What the documentation tells to paste is pasted here, in its order, at an app in the trouble that it is about.</summary>
public sealed partial class PageTests(ITestOutputHelper output)
{
    private const string Operations = "docs/operations.md", Care = "docs/customer-care.md", Administration = "docs/administration.md",
        Readme = "README.md", Testing = "docs/testing.md", Azure = "infra/README.md";

    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    [Fact]
    public async Task Every_command_of_the_operators_pages_works_and_answers_as_they_say()
    {
        var backups = Directory.CreateTempSubdirectory("skypanel-backups-").FullName;
        await using var panel = await OutsidePanel.CreateAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        foreach (var (server, user, hours) in new[] { (1001, 1, 10), (1002, 2, 10), (1003, 3, 10), (1014, 5, 17), (1006, 6, 40),
            (1007, 7, 40) })
            await panel.Panel.AddServerAsync(server, user, monthlyPrice: 50, OutsidePanel.HoursAgo(hours));
        foreach (var user in new[] { 1, 2, 3 })
            panel.VirtFusion.Faults.Add("POST", $"selfService/credit/byUserExtRelationId/{user}", Fault.Answer(422, """{"msg":"no"}"""));
        var app = await panel.StartAppAsync(("Backup__Folder", backups), ("Billing__MaxCatchUp", "1.00:00:00"),
            ("Wallet__MaxAttempts", "1"), ("Public__BaseUrl", "https://billing.example"));
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
        await app.PostAsync(OutsidePanel.Trigger); // The wallets refuse: three debits are held from now on.
        await using var shell = new Shell([
            ("SKYPANEL", Address(app)), ("KEY", AppProcess.AdminKey), ("BACKUPS", backups),
            ("MONTH", OutsidePanel.HoursAgo(9).ToString("yyyy-MM", CultureInfo.InvariantCulture)),
            ("APP", $"dotnet {Path.Combine(AppContext.BaseDirectory, "SkyPanel.Functions.dll")}"),
                ("RESTORED", restored.ConnectionString)]);

        var cancelled = new RequestGate();
        Task? triggered = null;
        await RunAsync([.. Page.Read(Operations), .. Page.Read(Care), .. Page.Read(Administration)], shell, panel.Database, async heading =>
        {
            if (triggered is { IsCompleted: false })
            {
                await app.SaysAsync("stops at a safe point");
                cancelled.Open();
                await triggered;
            }
            panel.VirtFusion.Faults.Clear();
            if (heading == "Cancel a run")
            {
                panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(cancelled));
                triggered = app.PostAsync(OutsidePanel.Trigger);
                await cancelled.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
            }
            else if (heading == "The interlock")
                await panel.Database.ExecuteAsync(InterlockTests.ForeignHourSql);
            else if (heading == "The first week: the shadow")
                await panel.Database.ExecuteAsync("""
                    insert into cron_service.observations (observed_at, servers_listed, is_complete)
                        values (now() - interval '6 hours', 6, true)
                    """);
            else if (heading == "Repair what the panel took wrong")
                await PanelEngine.BillAsync(panel.Panel, 1014, OutsidePanel.HoursAgo(17), 3);
            else if (heading == "VirtFusion is down")
                panel.VirtFusion.Faults.Add("*", "", Fault.Answer(503).With("Retry-After", "0"));
        });
        Directory.Delete(backups, recursive: true);
    }

    [Theory]
    [InlineData(Readme)]
    [InlineData(Testing)]
    public async Task The_other_pages_commands_work(string page)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1014, userId: 5, monthlyPrice: 50, OutsidePanel.HoursAgo(40));
        var app = await panel.StartAppAsync();
        await using var shell = new Shell([("SKYPANEL", Address(app)), ("KEY", AppProcess.AdminKey),
            ("SIM", new Uri(panel.VirtFusion.BaseAddress, "/simulator").ToString())]);

        await RunAsync(Page.Read(page), shell, panel.Database, _ => Task.CompletedTask);
    }

    [Theory]
    [InlineData(Operations)]
    [InlineData(Care)]
    [InlineData(Administration)]
    [InlineData(Readme)]
    [InlineData(Testing)]
    [InlineData(Azure)]
    public void A_block_is_executed_or_shown_by_one_that_is_or_needs_a_machine_of_ones_own(string page)
    {
        var blocks = Page.Read(page);
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(block.Language, (string[])["bash", "sql", "json", "text", "console"]));
        foreach (var (shown, before) in blocks.Skip(1).Zip(blocks).Where(pair => pair.First.Language is "json" or "text"))
            Assert.True(before.Language is "bash" or "console" && (before.Language, shown.Language) is not ("console", "json"),
                $"{page}:{shown.Line} shows what nothing prints.");

        foreach (var block in blocks.Where(block => block.Language == "console"))
        {
            output.WriteLine($"Not executed, {page}:{block.Line}:\n{block.Text}");
            Assert.All(block.Text.Split('\n'), line => Assert.StartsWith("$ ", line, StringComparison.Ordinal));
            if (page != Azure) // Its commands ask an app in Azure, which no test has.
                Assert.DoesNotMatch(Executable(), block.Text);
        }
    }

    private static string Address(AppProcess app) => app.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    [Fact]
    public void Every_route_is_used_on_the_operators_pages()
    {
        // PayPal and payers' browsers call these, no operator does.
        const string calledByPayPal = "/api/paypal/";
        var commands = new[] { Operations, Care, Administration }.SelectMany(Page.Read).Where(block => block.Language == "bash")
            .SelectMany(block => block.Text.Split('\n')).ToArray();
        var paths = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Find()!, "openapi.json")))!["paths"]!.AsObject();
        var unused = paths.SelectMany(path => path.Value!.AsObject().Select(operation => (Method: operation.Key, Path: path.Key)))
            .Where(route => Methods.Contains(route.Method) && !route.Path.StartsWith(calledByPayPal, StringComparison.Ordinal)
                && !commands.Any(command => Uses(command, route.Method, route.Path)));
        Assert.Empty(unused);
    }

    private static bool Uses(string command, string method, string path) =>
        (Method().Match(command) is { Success: true } match ? match.Groups[1].Value : "GET")
            .Equals(method, StringComparison.OrdinalIgnoreCase)
        && Regex.IsMatch(command, $"\\$SKYPANEL{PathParameter().Replace(path, "[^/?\" ]+")}[?\"]");

    /// <param name="entersAsync">Called with the heading that a block stands under, before the first of its blocks: to make the trouble
    /// that it is about.</param>
    private async Task RunAsync(IReadOnlyList<PageBlock> blocks, Shell shell, TestDatabase database, Func<string, Task> entersAsync)
    {
        var (heading, printed, differences) = ("", (string?)null, new List<string>());
        foreach (var block in blocks)
        {
            if (block.Heading != heading)
                await entersAsync(heading = block.Heading);
            try
            {
                if (block.Language == "bash")
                    output.WriteLine($"{block.Text}\n{printed = await shell.RunAsync(block.Text)}");
                else if (block.Language == "sql")
                    await database.ExecuteAsync(block.Text);
                else if (block.Language == "console")
                    printed = null;
                else if (printed is not null && block.Language == "json")
                    differences.AddRange(AnswerShape.Differences(JsonNode.Parse(block.Text), JsonNode.Parse(printed.Split('\n')[^1]))
                        .Select(difference => $"line {block.Line}: {difference}"));
                else if (printed is not null && block.Language == "text")
                    Assert.Contains(Number().Replace(block.Text, "0"), Number().Replace(printed, "0"), StringComparison.Ordinal);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Line {block.Line}, under '{block.Heading}':\n{block.Text}\n{e.Message}", e);
            }
        }
        Assert.Empty(differences);
    }

    [GeneratedRegex(@"\bapi |\bcurl |\$SKYPANEL")]
    private static partial Regex Executable();

    [GeneratedRegex(@"-X (\w+)")]
    private static partial Regex Method();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex PathParameter();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
