using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Http;

/// <summary>Who may call what. A new HTTP function must be added here with its role, or the first test fails.</summary>
public sealed class RoleTests
{
    private const string WrongRoute = "WrongRoute", Webhook = "PayPalWebhook";

    // What the panel's own key opens besides.
    internal static readonly string[] AlsoForPanel = ["GetAccount", "GetStatement", "ListStatements"];

    // Null: open to everybody.
    internal static readonly Dictionary<string, Role?> Expected = new()
    {
        ["Health"] = null,
        ["HealthReady"] = null,
        ["GetOpenApi"] = null,
        [WrongRoute] = null,
        ["Console"] = null,
        ["ConsoleFile"] = null,
        ["GetCaller"] = Role.Viewer,
        ["ListAccounts"] = Role.Viewer,
        ["ListAccountTimeline"] = Role.Viewer,
        ["ListServers"] = Role.Viewer,
        ["GetSummary"] = Role.Viewer,
        ["ListStatements"] = Role.Viewer,
        ["GetStatement"] = Role.Viewer,
        ["ListDebits"] = Role.Viewer,
        ["DecideDebit"] = Role.Operator,
        ["DecideDebits"] = Role.Operator,
        ["GetStatus"] = Role.Viewer,
        ["TriggerHourlyBilling"] = Role.Operator,
        ["TriggerJob"] = Role.Operator,
        ["Wake"] = Role.Operator,
        ["PauseAll"] = Role.Admin,
        ["ResumeAll"] = Role.Admin,
        ["PauseJob"] = Role.Admin,
        ["ResumeJob"] = Role.Admin,
        ["CancelRun"] = Role.Operator,
        ["ListRuns"] = Role.Viewer,
        ["GetRun"] = Role.Viewer,
        ["GetMetrics"] = Role.Viewer,
        ["GetDoctor"] = Role.Viewer,
        ["ListChecks"] = Role.Viewer,
        ["GetJobSettings"] = Role.Viewer,
        ["PutJobSettings"] = Role.Admin,
        ["ValidateSchedule"] = Role.Viewer,
        ["GetAccount"] = Role.Viewer,
        ["GetServerCharges"] = Role.Viewer,
        ["ListHolds"] = Role.Viewer,
        ["GetForecast"] = Role.Viewer,
        ["SimulateMonth"] = Role.Operator,
        ["GetShadow"] = Role.Viewer,
        ["GetRepair"] = Role.Viewer,
        ["RepairAccount"] = Role.Operator,
        ["GetDrift"] = Role.Viewer,
        ["DecideHold"] = Role.Operator,
        ["DecideHolds"] = Role.Operator,
        ["GetIntegrity"] = Role.Viewer,
        ["ExplainCharge"] = Role.Viewer,
        ["ListCorrections"] = Role.Viewer,
        ["CorrectCharges"] = Role.Operator,
        ["RefundAccount"] = Role.Operator,
        ["ListKeys"] = Role.Admin,
        ["CreateKey"] = Role.Admin,
        ["RotateKey"] = Role.Admin,
        ["RevokeKey"] = Role.Admin,
        ["ListAudit"] = Role.Admin,
        ["ListRefusals"] = Role.Admin,
        ["GetSetting"] = Role.Admin,
        ["PutSetting"] = Role.Admin,
        ["DeleteSetting"] = Role.Admin,
        ["GetCustomerPolicy"] = Role.Viewer,
        ["PutCustomerPolicy"] = Role.Admin,
        ["ListSuspensions"] = Role.Viewer,
        ["DecideSuspensionHold"] = Role.Operator,
        ["GetCustomer"] = Role.Viewer,
        ["SuspendCustomer"] = Role.Operator,
        ["ResumeCustomer"] = Role.Operator,
        ["ExemptCustomer"] = Role.Operator,
        ["SilenceCustomer"] = Role.Operator,
        ["SetCreditLimit"] = Role.Operator,
        ["OpenTopUp"] = Role.Panel,
        ["GetTopUp"] = Role.Panel,
        ["ReturnFromPayPal"] = Role.Panel,
        ["ListNotices"] = Role.Viewer,
        ["RedeliverNotice"] = Role.Operator,
        ["ListTemplates"] = Role.Viewer,
        ["GetTemplate"] = Role.Viewer,
        ["PutTemplate"] = Role.Admin,
        ["DeleteTemplate"] = Role.Admin,
        ["PreviewTemplate"] = Role.Viewer,
        ["ListWebhooks"] = Role.Viewer,
        ["CreateWebhook"] = Role.Admin,
        ["RotateWebhook"] = Role.Admin,
        ["DeleteWebhook"] = Role.Admin,
        ["TestWebhook"] = Role.Operator,
        ["ListTopUps"] = Role.Viewer,
        ["GrantTopUp"] = Role.Operator,
        ["RefundTopUp"] = Role.Operator,
        ["ReconcilePayments"] = Role.Viewer,
        ["ListLinks"] = Role.Viewer,
        ["CreateLink"] = Role.Panel,
        ["RevokeLink"] = Role.Panel,
        ["PayPage"] = null,
        ["PayFile"] = null,
        ["GetOwnAccount"] = null,
        ["GetOwnCharges"] = null,
        ["ExplainOwnHour"] = null,
        ["ListOwnStatements"] = null,
        ["GetOwnStatement"] = null,
        ["ListOwnTopUps"] = null,
        [Webhook] = null,
        ["PayPalReturn"] = null,
        ["PayPalCancel"] = null,
    };

    private static readonly (string Name, MethodInfo Method)[] HttpFunctions =
    [
        .. from type in typeof(SkyPanelServices).Assembly.GetTypes()
           from method in type.GetMethods()
           where method.GetParameters().Any(parameter => parameter.IsDefined(typeof(HttpTriggerAttribute)))
           select (method.GetCustomAttribute<FunctionAttribute>()!.Name, method),
    ];

    [Fact]
    public void Every_HTTP_function_states_its_role_here() =>
        Assert.Equal(Expected.Keys.Order(), HttpFunctions.Select(function => function.Name).Order());

    [Fact]
    public void The_document_tells_the_role_that_is_asked_for() => Assert.Equal(
        Expected.Where(function => function.Key is not (WrongRoute or "Console" or "ConsoleFile" or "PayPage" or "PayFile"))
            .OrderBy(function => function.Key).Select(function => (function.Key, function.Value ?? Role.None)),
        HttpFunctions.Where(function => function.Method.IsDefined(typeof(OperationAttribute))).OrderBy(function => function.Name)
            .Select(function => (function.Name, function.Method.GetCustomAttribute<OperationAttribute>()!.Role)));

    [Fact]
    public void The_document_tells_what_is_open_to_the_panel_too() =>
        Assert.Equal(AlsoForPanel, HttpFunctions.Where(function => function.Method.GetCustomAttribute<OperationAttribute>()
            is { IsForPanel: true }).Select(function => function.Name).Order());

    [Fact]
    public void The_panel_opens_top_ups_and_no_list_nor_decision() =>
        Assert.Equal((true, false, false, false, false), (Role.Panel.Allows(Role.Panel), Role.Panel.Allows(Role.Viewer),
            Role.Panel.Allows(Role.Operator), Role.Viewer.Allows(Role.Panel), Role.None.Allows(Role.Panel)));

    // It takes every path: a host that tries routes in the order of the functions' names must come to it last.
    [Fact]
    public void The_function_for_wrong_routes_is_the_last_by_name() =>
        Assert.Equal(WrongRoute, HttpFunctions.Select(function => function.Name).Order(StringComparer.OrdinalIgnoreCase).Last());

    [Fact]
    public async Task Each_function_lets_in_its_role_and_those_above_and_nobody_else()
    {
        await using var panel = await TestPanel.StartAsync();
        var keys = new Dictionary<Role, string>();
        foreach (var role in Roles.Names.Select(name => Roles.Parse(name)!.Value))
            keys[role] = (await panel.Database.InOneAsync(transaction => ApiKeyRegister.CreateAsync(
                transaction.Connection!, new("test", Role.Admin, "::1", "1"), role.Name(), role, null,
                    DateTimeOffset.MaxValue.AddYears(-1))))!.Value.Key;

        foreach (var (name, method) in HttpFunctions)
        {
            var expected = Expected[name];
            var isByLink = method.GetCustomAttribute<OperationAttribute>() is { IsByLink: true, Role: Role.None };
            // The wrong route is asked without a path, where the console is, and without a method that it takes.
            Assert.Equal((name, name switch { WrongRoute => 405, "ConsoleFile" or "PayFile" => 404, Webhook => 400, _ => expected is null
                && !isByLink ? 200 : 401 }), (name, await CallAsync(panel.Services, method, null)));
            foreach (var (role, key) in keys)
            {
                var status = await CallAsync(panel.Services, method, key);
                // A customer's link lets in, and no key does.
                Assert.True(isByLink ? status == 401 : expected is not null && !role.Allows(expected.Value)
                    && !(role == Role.Panel && AlsoForPanel.Contains(name)) ? status == 403 : status is not (401 or 403 or 500),
                    $"{name} with {role}: {status}");
            }
        }
    }

    // Routes that change something are given a body that none of them takes: past the door they answer 400, and nothing is changed.
    private static async Task<int> CallAsync(IServiceProvider services, MethodInfo method, string? key)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("[]"));
        if (key is not null)
            context.Request.Headers["x-api-key"] = key;
        var arguments = method.GetParameters().Select(object (parameter) => parameter.ParameterType == typeof(HttpRequest) ? context.Request
            : "1").ToArray();
        var door = ActivatorUtilities.CreateInstance(services, method.DeclaringType!);
        var result = await (Task<IResult>)method.Invoke(door, arguments)!;
        return (result as IStatusCodeHttpResult)?.StatusCode ?? 200;
    }
}
