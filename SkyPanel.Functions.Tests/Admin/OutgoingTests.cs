using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Functions.Tests.Admin;

public sealed class OutgoingTests
{
    [Fact]
    public async Task No_client_follows_a_redirect_trusts_any_certificate_keeps_cookies_or_has_a_host_by_default()
    {
        await using var panel = await TestPanel.StartAsync();
        var names = panel.Services.GetServices<IConfigureOptions<HttpClientFactoryOptions>>().OfType<ConfigureNamedOptions<HttpClientFactoryOptions>>()
            .Select(options => options.Name).OfType<string>().Distinct().ToArray();
        Assert.Superset(new HashSet<string> { "virtfusion-reads", "virtfusion-writes", "discord", "openid" }, names.ToHashSet());
        foreach (var name in names)
        {
            var handler = panel.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name);
            while (handler is DelegatingHandler { InnerHandler: { } inner })
                handler = inner;
            var sockets = Assert.IsType<SocketsHttpHandler>(handler);
            Assert.Equal((name, false, false), (name, sockets.AllowAutoRedirect, sockets.UseCookies));
            Assert.Null(sockets.SslOptions.RemoteCertificateValidationCallback);
            var address = panel.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name).BaseAddress;
            Assert.True(address is null || address.Host.EndsWith(".invalid", StringComparison.Ordinal), $"{name} calls {address}");
        }
    }

    [Fact]
    public void Nobody_makes_a_client_of_their_own() => Assert.All(
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")),
        file => Assert.DoesNotContain("new HttpClient(", File.ReadAllText(file), StringComparison.Ordinal));
}
