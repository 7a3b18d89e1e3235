using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Serves HTTP functions with the answers of the Functions host: 404 for an unknown route or a method that the route
/// doesn't allow, including HEAD; an empty 500 for an exception.</summary>
internal static class HttpEndpoints
{
    public static void Map(WebApplication app, IEnumerable<HttpFunction> functions, string routePrefix)
    {
        app.Use((context, next) => AnswerAsync(context, next, app.Logger));
        foreach (var function in functions)
        {
            var pattern = routePrefix.Length == 0 ? $"/{function.Route}" : $"/{routePrefix}/{function.Route}";
            // Compiled on first use: it takes a millisecond or two for each function.
            var handler = new Lazy<RequestDelegate>(() => Handler(function, app.Services));
            (function.Methods.Count == 0 ? app.Map(pattern, Serve) : app.MapMethods(pattern, function.Methods, Serve))
                .WithDisplayName(function.Name);

            Task Serve(HttpContext context) => handler.Value(context);
        }

        // Without a fallback, routing answers 405 for a wrong method. The default pattern excludes paths that look like files.
        app.MapFallback("{*path}", context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    // As in the official worker, each request has a new instance, from the request's services.
    private static RequestDelegate Handler(HttpFunction function, IServiceProvider services)
    {
        var create = function.Method.IsStatic ? null : ActivatorUtilities.CreateFactory(function.Method.DeclaringType!, []);
        Func<HttpContext, object>? instance = create is null ? null : context => create(context.RequestServices, null);
        return RequestDelegateFactory.Create(function.Method, instance, new()
        {
            ServiceProvider = services,
            RouteParameterNames = function.RouteValues,
            DisableInferBodyFromParameters = true,
        }).RequestDelegate;
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.LogDebug("The client of {Method} {Path} went away.", context.Request.Method, context.Request.Path);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Function '{Function}' failed.", context.GetEndpoint()?.DisplayName);
            // Breaks the connection, so that a partial answer isn't mistaken for a complete one.
            if (context.Response.HasStarted)
                throw;
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }
}
