using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>Answers requests that match no other function: unknown paths, wrong methods, malformed ids.</summary>
/// <remarks>Its name sorts last, as Functions hosts try routes in the order of the functions' names.</remarks>
public sealed class WrongRouteFunctions(Gate gate)
{
    private static readonly (TemplateMatcher Path, string[] Methods)[] Routes =
    [
        .. from type in typeof(WrongRouteFunctions).Assembly.GetTypes()
           from method in type.GetMethods()
           from parameter in method.GetParameters()
           let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
           where trigger is { Methods: [_, ..] }
           select (new TemplateMatcher(TemplateParser.Parse(trigger.Route!), []), trigger.Methods),
    ];

    [Function("WrongRoute")]
    public Task<IResult> AnswerAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{*path}")] HttpRequest request) =>
        gate.RejectUnmatchedAsync(request, MethodsOf(request.Path));

    private static string[] MethodsOf(PathString path) =>
    [
        .. Routes.Where(route => route.Path.TryMatch(path, [])).SelectMany(route => route.Methods)
            .Select(method => method.ToUpperInvariant()).Distinct().Order(),
    ];
}
