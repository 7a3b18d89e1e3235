using System.Text;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators;

/// <summary>Logs each request, authorizes it, and applies the planned faults.</summary>
/// <param name="prefix">The prefix of every path, absent in plan and log.</param>
/// <param name="token">The accepted bearer token; null when none is needed.</param>
internal sealed class FaultMiddleware(FaultPlan plan, RequestLog log, TimeProvider time, string prefix, Func<string>? token)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var path = $"{context.Request.Path.Value?[prefix.Length..].TrimStart('/')}{context.Request.QueryString}";
        var isUnderWay = 1;
        log.Enter(new(context.Request.Method, path, context.Connection.Id));
        // Before the answer is sent: whoever has it may send the next request before this one returns.
        context.Response.OnStarting(() =>
        {
            Leave();
            return Task.CompletedTask;
        });
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
        // Aborted by the caller or by the end of the simulator.
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        finally
        {
            Leave();
        }

        void Leave()
        {
            if (Interlocked.Exchange(ref isUnderWay, 0) == 1)
                log.Leave();
        }
    }

    /// <returns>True when the request is finished.</returns>
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

    // Buffers the usual answer until the fault has struck.
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
