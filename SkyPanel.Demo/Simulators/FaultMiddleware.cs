using System.Text;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators;

/// <summary>Counts each request, lets it in or not, and spoils it when the plan says so.</summary>
/// <param name="prefix">Of every path: the plan and the log have what follows.</param>
/// <param name="token">The bearer token that is let in; null where nobody needs one.</param>
internal sealed class FaultMiddleware(FaultPlan plan, RequestLog log, TimeProvider time, string prefix, Func<string>? token)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var path = $"{context.Request.Path.Value?[prefix.Length..].TrimStart('/')}{context.Request.QueryString}";
        log.Enter(new(context.Request.Method, path, context.Connection.Id));
        try
        {
            var fault = plan.Next(context.Request.Method, path);
            if (fault is { ActsFirst: false } && await StrikeAsync(context, fault))
                return;

            if (token is not null && context.Request.Headers.Authorization != $"Bearer {token()}")
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                await context.Response.WriteAsync("401 Unauthorized", context.RequestAborted);
                return;
            }

            await (fault is { ActsFirst: true } ? ActThenStrikeAsync(context, next, fault) : next(context));
        }
        // The caller, or the end of the simulator, gave it up.
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        finally
        {
            log.Leave();
        }
    }

    /// <returns>True when nothing more is to be done.</returns>
    private async Task<bool> StrikeAsync(HttpContext context, Fault fault)
    {
        if (fault.Latency > TimeSpan.Zero)
            await Task.Delay(fault.Latency, time, context.RequestAborted);

        if (fault.RequestGate is { } gate)
            await gate.PassAsync(context.RequestAborted);

        if (fault.IsReset)
        {
            context.Abort();
            return true;
        }

        if (fault.Status is not { } status)
            return false;

        context.Response.Clear();
        context.Response.StatusCode = status;
        foreach (var (name, value) in fault.Headers)
            context.Response.Headers[name] = value;

        if (fault.Body is { Length: > 0 } body)
        {
            context.Response.ContentType = body[0] is '{' or '[' ? "application/json" : "text/html";
            if (fault.IsCutShort)
            {
                context.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
                await context.Response.WriteAsync(body[..(body.Length / 2)], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
            }
            else
            {
                await context.Response.WriteAsync(body, context.RequestAborted);
            }
        }

        return true;
    }

    // The usual answer is kept back until it is known whether anybody will get it.
    private async Task ActThenStrikeAsync(HttpContext context, RequestDelegate next, Fault fault)
    {
        var wire = context.Response.Body;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        if (await StrikeAsync(context, fault))
            return;

        answer.Position = 0;
        await answer.CopyToAsync(wire, context.RequestAborted);
    }
}
