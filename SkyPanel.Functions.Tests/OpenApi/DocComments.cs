using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The doc comments, which the compiler writes beside the assembly: what they say is said to the API's callers too.</summary>
internal sealed class DocComments
{
    private readonly Dictionary<string, XElement> _members =
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{typeof(SkyPanelServices).Assembly.GetName().Name}.xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    public string? Of(Type type) => Text(Member(type)?.Element("summary"));

    public string? Of(MethodInfo method) => Text(Member(method)?.Element("summary"));

    public string? Remarks(MethodInfo method) => Text(Member(method)?.Element("remarks"));

    /// <summary>A parameter of a method.</summary>
    public string? Of(MethodInfo method, string parameter) => Text(Parameter(Member(method), parameter));

    /// <summary>A property; one that a record makes of a parameter is described as that.</summary>
    public string? Of(Type type, string property) =>
        Text(_members.GetValueOrDefault($"P:{Id(type)}.{property}")?.Element("summary") ?? Parameter(Member(type), property));

    private XElement? Member(Type type) => _members.GetValueOrDefault($"T:{Id(type)}");

    // Names of functions' methods aren't overloaded.
    private XElement? Member(MethodInfo method) =>
        _members.FirstOrDefault(member => member.Key.StartsWith($"M:{Id(method.DeclaringType!)}.{method.Name}(",
            StringComparison.Ordinal)).Value;

    private static XElement? Parameter(XElement? member, string name) =>
        member?.Elements("param").FirstOrDefault(parameter => parameter.Attribute("name")!.Value == name);

    private static string Id(Type type) => type.FullName!.Replace('+', '.');

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = string.Join(' ', string.Concat(element.Nodes().Select(Text))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length == 0 ? null : text;
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => see.Attribute("cref")!.Value.Split('.')[^1],
        XElement { Name.LocalName: "paramref" } named => JsonNamingPolicy.CamelCase.ConvertName(named.Attribute("name")!.Value),
        XElement other => other.Value,
        _ => "",
    };
}
