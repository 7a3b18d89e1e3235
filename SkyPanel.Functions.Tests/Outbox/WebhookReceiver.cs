using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SkyPanel.Demo.Simulators;
using StandardWebhooks;

namespace SkyPanel.Functions.Tests.Outbox;

/// <summary>A customer's own server that takes signed webhooks, as real HTTP on 127.0.0.1.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app = LoopbackServer.Make();
    private readonly ConcurrentQueue<ReceivedWebhook> _received = [];

    private WebhookReceiver() => _app.Run(TakeAsync);

    public string Address { get; private set; } = "";

    /// <summary>All that came, oldest first, also what was answered with a failure.</summary>
    public IReadOnlyList<ReceivedWebhook> Received => [.. _received];

    /// <summary>What is answered, and with which headers.</summary>
    public int Status { get; set; } = 200;
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Set while it gives no answer.</summary>
    public RequestGate? Gate { get; set; }

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        receiver.Address = $"{await receiver._app.ServeAsync(TestContext.Current.CancellationToken)}/hooks?from=panel";
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        _received.Enqueue(new(await reader.ReadToEndAsync(context.RequestAborted),
            new HeaderDictionary(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value))));
        if (Gate is { } gate)
            await gate.PassAsync(context.RequestAborted);
        context.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
            context.Response.Headers[name] = value;
    }
}

/// <param name="Body">As it came.</param>
internal sealed record ReceivedWebhook(string Body, IHeaderDictionary Headers)
{
    public string Id => Headers["webhook-id"].ToString();

    public string[] Signatures => Headers["webhook-signature"].ToString().Split(' ');

    /// <summary>Throws unless the package that receivers use takes the first signature.</summary>
    public void Verify(string secret) => new StandardWebhook(secret).Verify(Body, Headers);

    /// <summary>The same with one signature alone: the scheme has any of them count, and the package looks at the first.</summary>
    public void Verify(string secret, int signature) =>
        new StandardWebhook(secret)
            .Verify(Body, new HeaderDictionary(Headers.ToDictionary()) { ["webhook-signature"] = Signatures[signature] });
}
