using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Tests.FunctionsHost.Protocol;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>A function as the worker describes it to its host.</summary>
internal sealed class HostedFunction
{
    private static readonly DefaultInlineConstraintResolver Constraints =
        new(Options.Create(new RouteOptions()), new ServiceCollection().BuildServiceProvider());

    private readonly string[] _methods;
    private readonly TemplateMatcher? _matcher;
    private readonly (string Name, IRouteConstraint Constraint)[] _constraints = [];

    public HostedFunction(FunctionMetadata metadata)
    {
        Metadata = metadata;
        var bindings = metadata.RawBindings.Select(json => JsonNode.Parse(json)!).ToArray();
        foreach (var binding in bindings)
            metadata.Bindings[Text(binding, "name")!] = new() { Type = Text(binding, "type"),
                Direction = Enum.Parse<BindingInfo.Types.Direction>(Text(binding, "direction")!) };

        var trigger = bindings.Single(binding => Text(binding, "type")!.EndsWith("Trigger", StringComparison.Ordinal));
        (Parameter, _methods) = (Text(trigger, "name")!, [.. trigger["methods"]?.AsArray().Select(method => method!.GetValue<string>())
            ?? []]);
        if (Text(trigger, "route") is not { } route)
            return;
        var template = TemplateParser.Parse(route);
        _matcher = new(template, []);
        _constraints = [.. from part in template.Parameters
                           from constraint in part.InlineConstraints
                           select (part.Name!, Constraints.ResolveConstraint(constraint.Constraint)!)];
    }

    public FunctionMetadata Metadata { get; }

    public bool IsHttp => _matcher is not null;

    /// <summary>The name of the trigger's parameter.</summary>
    public string Parameter { get; }

    /// <returns>The route values; null if the function doesn't match the request.</returns>
    public RouteValueDictionary? Match(HttpContext context)
    {
        var values = new RouteValueDictionary();
        return _matcher!.TryMatch(context.Request.Path, values)
            && (_methods.Length == 0 || _methods.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase))
            && _constraints.All(part => !values.ContainsKey(part.Name) || part.Constraint.Match(context, null, part.Name, values,
                RouteDirection.IncomingRequest))
            ? values : null;
    }

    private static string? Text(JsonNode binding, string name) => binding[name]?.GetValue<string>();
}
