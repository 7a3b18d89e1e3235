using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalWorker.Worker;

/// <summary>A function with an HTTP trigger, checked.</summary>
internal sealed class HttpFunction
{
    // The Functions host's own routes.
    private static readonly string[] Reserved = ["admin", "runtime"];

    // Without its constraint, a value of the wrong form is 404 here and an exception with the official worker.
    private static readonly Dictionary<Type, string> Constraints = new()
    {
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(bool)] = "bool",
        [typeof(decimal)] = "decimal",
        [typeof(double)] = "double",
        [typeof(Guid)] = "guid",
        [typeof(DateTime)] = "datetime",
    };

    /// <exception cref="InvalidOperationException">It can't be served.</exception>
    public HttpFunction(string name, MethodInfo method, HttpTriggerAttribute trigger)
    {
        (Name, Method, Methods, Route) = (name, method, trigger.Methods, (trigger.Route ?? name).Trim('/'));
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous)
            throw FunctionTable.Refused(method, $"has the level {trigger.AuthLevel}; only Anonymous is served");
        if (Reserved.Any(word => Route.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
            throw FunctionTable.Refused(method, $"the route '{Route}' begins with admin or runtime, the Functions host's own");
        if (method.ReturnType != typeof(IResult) && method.ReturnType != typeof(Task<IResult>))
            throw FunctionTable.Refused(method, $"returns {method.ReturnType.Name}; allowed are IResult and Task<IResult>");

        var values = RoutePatternFactory.Parse(Route).Parameters.ToDictionary(value => value.Name, StringComparer.OrdinalIgnoreCase);
        RouteValues = [.. values.Keys];
        foreach (var parameter in method.GetParameters())
            Check(parameter, values);
    }

    public string Name { get; }

    public string Route { get; }

    /// <summary>None for all.</summary>
    public IReadOnlyList<string> Methods { get; }

    public IReadOnlyList<string> RouteValues { get; }

    public MethodInfo Method { get; }

    private void Check(ParameterInfo parameter, Dictionary<string, RoutePatternParameterPart> values)
    {
        var type = parameter.ParameterType;
        if (parameter.IsDefined(typeof(HttpTriggerAttribute)) ? type == typeof(HttpRequest) : type == typeof(CancellationToken))
            return;
        if (parameter.IsDefined(typeof(HttpTriggerAttribute)) || !values.TryGetValue(parameter.Name!, out var value))
            throw FunctionTable.Refused(Method, $"the parameter {parameter.Name} is a {type.Name}; allowed are the triggering "
                + "HttpRequest, values of the route and a CancellationToken; services come through the constructor");
        if (type == typeof(string))
            return;
        if (!Constraints.TryGetValue(Nullable.GetUnderlyingType(type) ?? type, out var constraint))
        {
            throw FunctionTable.Refused(Method, $"the route value {parameter.Name} is a {type.Name}; allowed are string, "
                + string.Join(", ", Constraints.Values));
        }

        if (!value.ParameterPolicies.Any(policy => policy.Content == constraint))
            throw FunctionTable.Refused(Method, $"the route value {value.Name} needs its constraint: {{{value.Name}:{constraint}}}");
    }
}
