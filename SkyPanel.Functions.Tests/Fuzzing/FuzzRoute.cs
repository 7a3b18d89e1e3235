using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>An HTTP function of the app, and the input that it says it takes.</summary>
/// <param name="Name">The function's.</param>
/// <param name="Role">Whom it lets in; null for everybody, or for links alone.</param>
/// <param name="IsByLink">A customer's link lets in.</param>
/// <param name="Fields">Of the body; empty where none is read.</param>
/// <param name="Parameters">Of the query; empty where it isn't read.</param>
internal sealed partial record FuzzRoute(string Name, Role? Role, string Method, string Template,
    IReadOnlyList<(string Name, Type Type)> Fields, IReadOnlyList<string> Parameters, bool IsByLink)
{
    // What a value of a route must be for the request to get as far as it can. A name that isn't here is a 1.
    private static readonly Dictionary<string, string[]> Plausible = new()
    {
        ["job"] = ["hourly-billing", "dns-renewal", "maintenance", "monitoring", "backup", "payments"],
        ["name"] = ["paypal_client_id", "paypal_client_secret"],
        ["act"] = ["approve", "reject", "withdraw", "settle", "resend", "void"],
        ["ignored"] = [""],
        ["serverId"] = ["10", "11"],
        ["hour"] = ["2026-03-01T12:00:00Z", "2026-03-01T12:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z"],
        ["month"] = ["2026-03", "2026-13", "0001-01", "9999-12"],
        ["id"] = ["1", "2", "abcd2345"],
        ["path"] = ["nothing", "admin", "admin/cron/statuses", "admin/cron/runs/one"],
    };

    public static FuzzRoute[] All() =>
    [
        .. from type in typeof(SkyPanelServices).Assembly.GetTypes()
           from method in type.GetMethods()
           from trigger in method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
           where trigger is not null
           let name = method.GetCustomAttribute<FunctionAttribute>()!.Name
           let says = method.GetCustomAttribute<OperationAttribute>()
           orderby name
           // None are all.
           from verb in trigger.Methods is null or [] ? ["GET", "POST", "DELETE"] : trigger.Methods.Where(verb => verb != "head")
           select new FuzzRoute(name, RoleTests.Expected[name], verb.ToUpperInvariant(), $"/{trigger.Route}", Members(says?.Body),
               [.. Members(says?.Query).Select(parameter => parameter.Name)], says?.IsByLink == true),
    ];

    public bool IsOpen => Role is null && !IsByLink;

    /// <param name="role"><see cref="SkyPanel.Functions.Http.Role.None"/> is that of a customer's link.</param>
    public bool LetsIn(Role role) => role == SkyPanel.Functions.Http.Role.None ? IsByLink
        : (Role is not null || IsOpen) && LetsKeyIn(role);

    private bool LetsKeyIn(Role role) => role.Allows(Role ?? SkyPanel.Functions.Http.Role.Viewer)
        || role == SkyPanel.Functions.Http.Role.Panel && RoleTests.AlsoForPanel.Contains(Name);

    /// <param name="choose">For each value of the route, one of those that are plausible or another; to be put into the path as it
    /// is.</param>
    public string Path(Func<string[], string> choose) =>
        Value().Replace(Template, match => choose(Plausible.GetValueOrDefault(match.Groups[1].Value, ["1"])));

    private static (string Name, Type Type)[] Members(Type? type) =>
        [.. (type?.GetProperties() ?? [])
            .Select(property => (JsonNamingPolicy.CamelCase.ConvertName(property.Name), Nullable.GetUnderlyingType(property.PropertyType)
            ?? property.PropertyType))];

    [GeneratedRegex(@"\{\*?(\w+)[^}]*\}")]
    private static partial Regex Value();
}
