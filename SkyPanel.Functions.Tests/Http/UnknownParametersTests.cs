using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Customers;

namespace SkyPanel.Functions.Tests.Http;

public sealed class UnknownParametersTests
{
    private static readonly MethodInfo[] Functions =
    [
        .. from type in typeof(SkyPanelServices).Assembly.GetTypes()
           from method in type.GetMethods()
           where method.IsDefined(typeof(OperationAttribute))
           select method,
    ];

    [Fact]
    public async Task Every_route_refuses_a_parameter_that_it_does_not_have_before_anything_happens()
    {
        await using var panel = await TestPanel.StartAsync(("Public:BaseUrl", "https://billing.example"));
        await panel.AddUserAsync(1);
        var link = await panel.LinkAsync(1);
        var key = (await panel.Database.InOneAsync(transaction => ApiKeyRegister.CreateAsync(
            transaction.Connection!, new("test", Role.Admin, "::1", "1"), "admin", Role.Admin, null,
                DateTimeOffset.MaxValue.AddYears(-1))))!.Value.Key;
        var audited = await panel.Database.ScalarAsync<long>("select count(*) from cron_service.audit");
        // Payers come back with whatever PayPal adds.
        foreach (var function in Functions.Where(function => function.GetCustomAttribute<FunctionAttribute>()!.Name
            is not ("PayPalReturn" or "PayPalCancel")))
        {
            var context = new DefaultHttpContext { RequestServices = panel.Services };
            context.Request.Headers["x-api-key"] = key;
            if (function.GetCustomAttribute<OperationAttribute>()!.IsByLink)
                context.Request.Headers.Authorization = $"Bearer {link}";
            context.Request.QueryString = new("?dry_run=true");
            context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("""{"reason":"test","note":"test"}"""));
            var arguments = function.GetParameters().Select(object (parameter) => parameter.ParameterType == typeof(HttpRequest)
                ? context.Request : "1").ToArray();

            var result = await (Task<IResult>)function.Invoke(ActivatorUtilities.CreateInstance(panel.Services, function.DeclaringType!),
                arguments)!;

            var problem = Assert.IsType<ProblemHttpResult>(result).ProblemDetails;
            Assert.Equal((function.Name, 400, "dry_run"), (function.Name, problem.Status!.Value, problem.Extensions["field"]));
        }
        Assert.Equal(audited, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.audit"));
        Assert.Equal(0, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.runs"));
    }

    [Fact]
    public void Every_function_that_takes_GET_takes_HEAD_too() => Assert.All(
        Functions.Select(function => function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .First(trigger => trigger is not null)!.Methods!),
        methods => Assert.Equal(methods.Contains("get"), methods.Contains("head")));
}
