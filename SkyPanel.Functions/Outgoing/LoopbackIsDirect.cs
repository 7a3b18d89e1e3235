using System.Net;

namespace SkyPanel.Functions.Outgoing;

/// <summary>The machine's proxy, but never for loopback: .NET sends that to <c>HTTP_PROXY</c> too, which would hand a proxy the
/// token in plain text and can't reach us anyway.</summary>
internal sealed class LoopbackIsDirect : IWebProxy
{
    public ICredentials? Credentials { get => HttpClient.DefaultProxy.Credentials; set => throw new NotSupportedException(); }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
}
