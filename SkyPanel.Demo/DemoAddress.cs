using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo;

/// <summary>Turns an address that is listened on into one that can be asked.</summary>
public static class DemoAddress
{
    private static readonly string[] AnyHost = ["*", "+", "0.0.0.0", "[::]"];

    /// <param name="listening">Such as <c>http://0.0.0.0:7071</c>.</param>
    public static string Reachable(string listening)
    {
        var address = BindingAddress.Parse(listening);
        return $"{address.Scheme}://{(AnyHost.Contains(address.Host) ? "localhost" : address.Host)}:{address.Port}";
    }
}
