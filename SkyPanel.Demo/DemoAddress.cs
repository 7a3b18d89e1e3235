using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo;

/// <summary>Converts an address to listen on into one to connect to.</summary>
public static class DemoAddress
{
    private static readonly string[] AnyHost = ["*", "+", "0.0.0.0", "[::]"];

    /// <param name="listening">The address to listen on, such as <c>http://0.0.0.0:7071</c>.</param>
    public static string Reachable(string listening)
    {
        var address = BindingAddress.Parse(listening);
        return $"{address.Scheme}://{(AnyHost.Contains(address.Host) ? "localhost" : address.Host)}:{address.Port}";
    }
}
