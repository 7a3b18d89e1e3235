using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Http;

public sealed class OutgoingTests
{
    [Fact]
    public async Task No_client_follows_a_redirect_trusts_any_certificate_keeps_cookies_or_has_a_host_by_default()
    {
        await using var panel = await TestPanel.StartAsync(("AppConfiguration:Endpoint", "http://127.0.0.1:9"));
        var names = panel.Services.GetServices<IConfigureOptions<HttpClientFactoryOptions>>()
            .OfType<ConfigureNamedOptions<HttpClientFactoryOptions>>()
            .Select(options => options.Name).OfType<string>().Distinct().ToArray();
        Assert.Superset(new HashSet<string> { "virtfusion-reads", "virtfusion-writes", "discord", "openid", "ping", "app-configuration" },
            names.ToHashSet());
        foreach (var name in names)
        {
            var handler = panel.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name);
            while (handler is DelegatingHandler { InnerHandler: { } inner })
                handler = inner;
            var sockets = Assert.IsType<SocketsHttpHandler>(handler);
            Assert.Equal((name, false, false), (name, sockets.AllowAutoRedirect, sockets.UseCookies));
            Assert.Null(sockets.SslOptions.RemoteCertificateValidationCallback);
            Assert.Null(sockets.Proxy!.GetProxy(new("http://127.0.0.1:7072/")));
            Assert.Equal((TimeSpan.FromSeconds(5), true),
                (sockets.ConnectTimeout, sockets.PooledConnectionLifetime <= TimeSpan.FromMinutes(2)));
            Assert.Equal(name is "discord" or "ping" or "signed-webhooks", sockets.ActivityHeadersPropagator is null);
            var address = panel.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name).BaseAddress;
            Assert.True(address is null || address.Host.EndsWith(".invalid", StringComparison.Ordinal)
                || name == "app-configuration", $"{name} calls {address}");
        }
    }

    [Fact]
    public void Nobody_makes_a_client_of_their_own() => Assert.All(
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")),
        file => Assert.All(["new HttpClient(", .. Path.GetFileName(file) == "OutgoingClients.cs" ? (string[])[]
            : [".AddHttpClient(", "new SocketsHttpHandler"]],
            made => Assert.DoesNotContain(made, File.ReadAllText(file), StringComparison.Ordinal)));
}
