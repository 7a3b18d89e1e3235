using System.Collections.Concurrent;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What the run's tests of the console saw: each page as each role with the acts that it offers, and the acts that were
/// done.</summary>
public static class ConsoleReport
{
    /// <summary>In place of the acts of a page that the role may not see.</summary>
    public const string Refused = "says that it needs admin";

    private static readonly ConcurrentDictionary<(string Page, string Role), string[]> Offered = new();
    private static readonly ConcurrentDictionary<(string Act, string Role), int> Done = new();

    public static void Shows(string page, string role, string[] acts) => Offered[(Name(page), role)] = acts;

    public static void Confirms(string act, string role) => Done.AddOrUpdate((act, role), 1, (_, times) => times + 1);

    /// <summary>Writes the table for <c>.ci/run</c>, which prints it.</summary>
    public static Task WriteAsync()
    {
        var pages = Offered.Keys.Select(key => key.Page).Distinct().Order(StringComparer.Ordinal);
        var lines = pages.Select(page => $"| {page} | {string.Join(" | ", ConsoleBench.Roles.Select(role => Cell(page, role)))} |");
        var done = Done.OrderBy(act => act.Key).Select(act => $"{act.Key.Act} ({act.Key.Role})");
        return File.WriteAllLinesAsync(Path.Combine(RepositoryRoot.Find()!, ".local", "console.txt"),
            [$"| Console | {string.Join(" | ", ConsoleBench.Roles)} |", "|---|---|---|---|", .. lines,
                $"Acts done in the browser: {string.Join(", ", done)}"]);
    }

    private static string Cell(string page, string role) =>
        !Offered.TryGetValue((page, role), out var acts) ? "not seen" : acts is [Refused] ? Refused : acts.Length == 0 ? "shown"
            : $"shown; {string.Join(", ", acts)}";

    private static string Name(string page) =>
        page.Length == 0 ? "now" : page.Replace("?view=", ", ", StringComparison.Ordinal).Split('?')[0];
}
