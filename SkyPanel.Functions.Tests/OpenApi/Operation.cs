using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>An HTTP function, as its attributes declare it.</summary>
/// <param name="Method">In lower case.</param>
/// <param name="Route">As the worker takes it, with constraints: <c>api/admin/cron/runs/{runId:long}</c>.</param>
internal sealed partial record Operation(string Name, string Method, string Route, MethodInfo Handler, OperationAttribute Says,
    IReadOnlyList<AnswerAttribute> Answers)
{
    /// <summary>Without constraints, as OpenAPI has it.</summary>
    public string Path { get; } = "/" + Constraint().Replace(Route, "}");

    /// <summary>The route's values by name, with their constraint; empty for a text.</summary>
    public IEnumerable<(string Name, string Constraint)> RouteValues =>
        RouteValue().Matches(Route).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <exception cref="InvalidOperationException">A function doesn't say what it does.</exception>
    public static IReadOnlyList<Operation> All() =>
    [
        .. from type in typeof(SkyPanelServices).Assembly.GetTypes()
           from handler in type.GetMethods()
           let trigger = handler.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
               .FirstOrDefault(attribute => attribute is not null)
           // Pages are no API, and one for all methods says only that there is nothing.
           where trigger is { Methods: [_, ..] } && trigger.Route!.StartsWith("api/", StringComparison.Ordinal)
           let name = handler.GetCustomAttribute<FunctionAttribute>()!.Name
           let says = handler.GetCustomAttribute<OperationAttribute>()
               ?? throw new InvalidOperationException($"The function {name} has no [Operation].")
           let operation = new Operation(name, trigger.Methods![0].ToLowerInvariant(), trigger.Route!, handler, says,
               [.. handler.GetCustomAttributes<AnswerAttribute>()])
           orderby operation.Path, operation.Method
           select operation,
    ];

    [GeneratedRegex(@":\w+\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{(\w+):?(\w*)\}")]
    private static partial Regex RouteValue();
}
