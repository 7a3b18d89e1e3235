using System.Collections.Concurrent;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Collects the actions that each page of the console offers to each role, and the actions that tests have done.</summary>
public static class ConsoleReport
{
    /// <summary>Stands for the actions of a page that the role may not see.</summary>
    public const string Refused = "says that it needs admin";

    private static readonly ConcurrentDictionary<(string Page, string Role), string[]> Offered = new();
    private static readonly ConcurrentDictionary<(string Action, string Role), int> Done = new();

    public static void Shows(string page, string role, string[] actions) => Offered[(Name(page), role)] = actions;

    public static void Confirms(string action, string role) => Done.AddOrUpdate((action, role), 1, (_, times) => times + 1);

    /// <summary>Writes the table for <c>.ci/run</c>, which prints it.</summary>
    public static Task WriteAsync()
    {
        var pages = Offered.Keys.Select(key => key.Page).Distinct().Order(StringComparer.Ordinal);
        var lines = pages.Select(page => $"| {page} | {string.Join(" | ", ConsoleBench.Roles.Select(role => Cell(page, role)))} |");
        var done = Done.OrderBy(action => action.Key).Select(action => $"{action.Key.Action} ({action.Key.Role})");
        return File.WriteAllLinesAsync(Path.Combine(RepositoryRoot.Find()!, ".local", "console.txt"),
            [$"| Console | {string.Join(" | ", ConsoleBench.Roles)} |", "|---|---|---|---|", .. lines,
                $"Actions done in the browser: {string.Join(", ", done)}"]);
    }

    private static string Cell(string page, string role) =>
        !Offered.TryGetValue((page, role), out var actions) ? "not seen" : actions is [Refused] ? Refused : actions.Length == 0 ? "shown"
            : $"shown; {string.Join(", ", actions)}";

    private static string Name(string page) =>
        page.Length == 0 ? "now" : page.Replace("?view=", ", ", StringComparison.Ordinal).Split('?')[0];
}
