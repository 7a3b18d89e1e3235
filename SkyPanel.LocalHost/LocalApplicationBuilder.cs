using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Composes the application from services, configuration and functions.</summary>
public sealed class LocalApplicationBuilder : IHostApplicationBuilder
{
    // Kestrel's default of 30 s would let slow senders keep connections busy.
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(10);

    private readonly WebApplicationBuilder _web;
    private readonly Task<FunctionTable> _functions;
    private readonly HostJson _hostJson;

    internal LocalApplicationBuilder(WebApplicationBuilder web, IReadOnlyCollection<Type> types, HostJson hostJson)
    {
        // Searching thousands of methods takes as long as registering the services.
        (_web, _functions, _hostJson) = (web, Task.Run(() => FunctionTable.Of(types)), hostJson);
        web.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
        });
        web.Services.AddRouting();
    }

    public ConfigurationManager Configuration => _web.Configuration;

    public IHostEnvironment Environment => _web.Environment;

    public ILoggingBuilder Logging => _web.Logging;

    public IMetricsBuilder Metrics => _web.Metrics;

    public IServiceCollection Services => _web.Services;

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_web).Properties;

    IConfigurationManager IHostApplicationBuilder.Configuration => _web.Configuration;

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        ((IHostApplicationBuilder)_web).ConfigureContainer(factory, configure);

    /// <exception cref="InvalidOperationException">The official worker or this host can't run a function as it is
    /// declared.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A timer's schedule is missing or
    /// invalid.</exception>
    public IHost Build() => FunctionServer.Build(_web, _functions.GetAwaiter().GetResult(), _hostJson);
}
