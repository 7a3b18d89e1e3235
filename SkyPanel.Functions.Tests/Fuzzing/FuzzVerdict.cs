using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Checks answers.</summary>
/// <param name="secrets">Texts that no answer may contain.</param>
/// <param name="others">Texts of other accounts than that of the links.</param>
internal sealed partial class FuzzVerdict(IReadOnlyList<string> secrets, IReadOnlyList<string> others)
{
    /// <summary>All types of problems, with their statuses.</summary>
    private static readonly Dictionary<string, int> Types = new()
    {
        ["bad-input"] = 400, ["unauthorized"] = 401, ["forbidden"] = 403, ["not-found"] = 404, ["method-not-allowed"] = 405,
            ["request-timeout"] = 408, ["conflict"] = 409,
        ["content-too-large"] = 413, ["too-many-requests"] = 429,
    };

    private static readonly (string Name, string Value)[] Always =
    [
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Referrer-Policy", "no-referrer"),
    ];

    private static readonly string Here = RepositoryRoot.Find()! + Path.DirectorySeparatorChar;

    // The web server's own answers, without a body, to requests that aren't HTTP or not under /api. They never reach our code.
    private static readonly int[] Bare = [400, 404, 408, 411, 413, 414, 431, 501, 505];

    public string? Of(FuzzRequest request, RawAnswer? answer)
    {
        if (answer is null)
            return request.IsMalformed ? null : "There is no answer.";
        if (!answer.IsWhole)
            return "The answer doesn't come to its end.";
        var all = answer.ToString() + answer.Body;
        if (secrets.Any(secret => all.Contains(secret, StringComparison.Ordinal)))
            return "It says a secret.";
        if (request.Role == Role.None && others.Any(other => answer.Body.Contains(other, StringComparison.Ordinal)))
            return "It shows another's account.";
        if (all.Contains(Here, StringComparison.OrdinalIgnoreCase))
            return "It says where the program lies.";
        if (Internals().Match(all) is { Success: true } match)
            return $"It says '{match.Value}'.";
        if (answer.Headers.Keys.FirstOrDefault(name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase)
            || name is "X-Injected" or "Server" or "X-Powered-By") is { } header)
            return $"It has the header {header}.";
        if (!answer.Headers.ContainsKey("x-request-id"))
            return answer.Body.Length == 0 && Bare.Contains(answer.Status)
                && !(answer.Status == 404 && IsOfTheApi(request)) ? null : "It didn't come through the gate.";
        // Pages and their files are public: they may be cached, and have their own content policy.
        if (request.Route.Name is "Console" or "ConsoleFile" or "PayPage" or "PayFile" or "PayPalReturn" or "PayPalCancel"
            && answer.Status is (200 or 206 or 304 or 412 or 416))
            return null;
        // A statement to print has its own style.
        var isPrinted = IsOfStatement(request) && answer.Header("Content-Type") == "text/html; charset=utf-8";
        if (Always.FirstOrDefault(expected => !(isPrinted && expected.Name == "Content-Security-Policy")
            && answer.Header(expected.Name) != expected.Value) is { Name: { } missing })
            return $"{missing} is '{answer.Header(missing)}'.";
        return answer.Status switch
        {
            >= 500 => "It failed.",
            >= 400 => OfProblem(request, answer),
            200 or 201 or 202 => OfSuccess(request, answer),
            _ => "No function answers so.",
        };
    }

    private static bool IsOfStatement(FuzzRequest request) => request.Route.Name is "GetStatement" or "GetOwnStatement";

    // Any path below it, without dot segments that lead out of it.
    private static bool IsOfTheApi(FuzzRequest request)
    {
        var line = Encoding.ASCII.GetString(request.Bytes[..Math.Max(0, Array.IndexOf(request.Bytes, (byte)'\r'))]);
        return !request.IsMalformed && ApiPath().IsMatch(line) && !line.Contains("..", StringComparison.Ordinal)
            && !line.Contains("%2e", StringComparison.OrdinalIgnoreCase);
    }

    private static string? OfProblem(FuzzRequest request, RawAnswer answer)
    {
        if (request.IsHead)
            return answer.Header("Content-Type") == "application/problem+json"
                && answer.Body.Length == 0 ? null : "It is no head of a problem+json.";
        if (answer.Header("Content-Type") != "application/problem+json" || answer.Json() is not JsonObject problem)
            return "It is no problem+json.";
        var type = $"{problem["type"]}".Replace("urn:skypanel:problem:", "", StringComparison.Ordinal);
        if (Types.GetValueOrDefault(type) != answer.Status || problem["status"]!.GetValue<int>() != answer.Status)
            return $"The type {type} doesn't have that status.";
        return problem.Select(member => member.Key).Except(["type", "title", "status", "detail", "field"]).FirstOrDefault() is { } more
            ? $"It has the member {more}."
            : string.IsNullOrEmpty($"{problem["detail"]}") ? "It doesn't say what is wrong." : null;
    }

    private static string? OfSuccess(FuzzRequest request, RawAnswer answer)
    {
        if (request.IsExact && !request.Route.IsOpen && !(request.Role is { } has && request.Route.LetsIn(has)))
            return $"{request.Role?.ToString() ?? "Nobody"} was let in.";
        if (request.IsHead)
            return answer.Body.Length == 0 ? null : "Its head has a body.";
        return answer.Header("Content-Type") is "text/html; charset=utf-8" && IsOfStatement(request) ? null
            : answer.Header("Content-Type") is "text/csv; charset=utf-8" ? null
            : request.Role is null && answer.Json()?["status"]?.GetValue<string>() is not ("ok" or "ready")
                && answer.Json()?["openapi"] is null ? "Nobody was let in."
            : answer.Json() is null ? "It is no JSON." : null;
    }

    [GeneratedRegex("^[^ ]+ /api/", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ApiPath();

    // Marks of a stack trace, a type, a file, a statement or a connection string. No request contains them.
    [GeneratedRegex(@"\n\s+at |System\.|Microsoft\.|Npgsql|Exception|SkyPanel\.Functions\.|" +
        @"\.cs:line|[/\\][\w.-]+\.(?:cs|sql|dll|csproj)\b|" +
        @"/(?:home|root)/|\bselect .* from\b|insert into|cron_service\.|Host=|Password=|SQLSTATE", RegexOptions.CultureInvariant)]
    private static partial Regex Internals();
}
