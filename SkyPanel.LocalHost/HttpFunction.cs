using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>A checked function with an HTTP trigger.</summary>
internal sealed class HttpFunction
{
    // The Functions host's own routes.
    private static readonly string[] Reserved = ["admin", "runtime"];

    /// <exception cref="InvalidOperationException">The function can't be served.</exception>
    public HttpFunction(string name, MethodInfo method, HttpTriggerAttribute trigger)
    {
        (Name, Method, Methods, Route) = (name, method, trigger.Methods ?? [], (trigger.Route ?? name).Trim('/'));
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous)
            throw FunctionTable.Refused(method, $"has the level {trigger.AuthLevel}; only Anonymous is served");
        if (Reserved.Any(word => Route.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
            throw FunctionTable.Refused(method, $"the route '{Route}' begins with admin or runtime, the Functions host's own");
        if (method.ReturnType != typeof(IResult) && method.ReturnType != typeof(Task<IResult>))
            throw FunctionTable.Refused(method, $"returns {method.ReturnType.Name}; allowed are IResult and Task<IResult>");

        RouteValues = [.. RoutePatternFactory.Parse(Route).Parameters.Select(value => value.Name)];
        foreach (var parameter in method.GetParameters())
            Check(parameter);
    }

    public string Name { get; }

    public string Route { get; }

    /// <summary>The allowed methods; empty for all.</summary>
    public IReadOnlyList<string> Methods { get; }

    public IReadOnlyList<string> RouteValues { get; }

    public MethodInfo Method { get; }

    private void Check(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.IsDefined(typeof(HttpTriggerAttribute)) ? type == typeof(HttpRequest) : type == typeof(CancellationToken))
            return;
        if (parameter.IsDefined(typeof(HttpTriggerAttribute)) || !RouteValues.Contains(parameter.Name!, StringComparer.OrdinalIgnoreCase))
            throw FunctionTable.Refused(Method, $"the parameter {parameter.Name} is a {type.Name}; allowed are the triggering "
                + "HttpRequest, values of the route and a CancellationToken; services come through the constructor");
        // The official worker parses other types as JSON, where 007 and +7 are invalid, and answers 500.
        if (type != typeof(string))
            throw FunctionTable.Refused(Method, $"the route value {parameter.Name} is a {type.Name}; allowed is string, to be parsed");
    }
}
