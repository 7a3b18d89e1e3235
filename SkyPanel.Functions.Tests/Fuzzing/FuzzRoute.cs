using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>An HTTP function of the app, with its documented input.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Role">The role that it needs; null for none, or if it takes links only.</param>
/// <param name="IsByLink">True if a customer's link gives access.</param>
/// <param name="Fields">The fields of the body; empty if it reads none.</param>
/// <param name="Parameters">The parameters of the query; empty if it reads none.</param>
internal sealed partial record FuzzRoute(string Name, Role? Role, string Method, string Template,
    IReadOnlyList<(string Name, Type Type)> Fields, IReadOnlyList<string> Parameters, bool IsByLink)
{
    // Valid values of route parameters, so that a request gets beyond their validation. Others are 1.
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
           // No methods means all.
           from verb in trigger.Methods is null or [] ? ["GET", "POST", "DELETE"] : trigger.Methods.Where(verb => verb != "head")
           select new FuzzRoute(name, RoleTests.Expected[name], verb.ToUpperInvariant(), $"/{trigger.Route}", Members(says?.Body),
               [.. Members(says?.Query).Select(parameter => parameter.Name)], says?.IsByLink == true),
    ];

    public bool IsOpen => Role is null && !IsByLink;

    /// <param name="role">The role; <see cref="SkyPanel.Functions.Http.Role.None"/> stands for a customer's link.</param>
    public bool LetsIn(Role role) => role == SkyPanel.Functions.Http.Role.None ? IsByLink
        : (Role is not null || IsOpen) && LetsKeyIn(role);

    private bool LetsKeyIn(Role role) => role.Allows(Role ?? SkyPanel.Functions.Http.Role.Viewer)
        || role == SkyPanel.Functions.Http.Role.Panel && RoleTests.AlsoForPanel.Contains(Name);

    /// <param name="choose">Chooses the encoded value of each route parameter, from plausible ones or another.</param>
    public string Path(Func<string[], string> choose) =>
        Value().Replace(Template, match => choose(Plausible.GetValueOrDefault(match.Groups[1].Value, ["1"])));

    private static (string Name, Type Type)[] Members(Type? type) =>
        [.. (type?.GetProperties() ?? [])
            .Select(property => (JsonNamingPolicy.CamelCase.ConvertName(property.Name), Nullable.GetUnderlyingType(property.PropertyType)
            ?? property.PropertyType))];

    [GeneratedRegex(@"\{\*?(\w+)[^}]*\}")]
    private static partial Regex Value();
}
