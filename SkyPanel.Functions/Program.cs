using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions;
using SkyPanel.Functions.Hosting;
using SkyPanel.LocalHost;

return await Startup.RunAsync(args, StartedBy.FunctionsHost(args) ? BuildWorkerAsync : BuildLocalAsync);

Task<IHost> BuildWorkerAsync(CancellationToken stopping)
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication();
    builder.AddSkyPanel().BeginDatabaseCheck();
    if (builder.AddApplicationInsights())
        builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
    return Task.FromResult(builder.Build());
}

async Task<IHost> BuildLocalAsync(CancellationToken stopping)
{
    var builder = LocalApplication.CreateBuilder(typeof(Startup).Assembly, args);
    await DemoAssembly.PrepareAsync(builder, stopping);
    builder.AddSkyPanel().BeginDatabaseCheck().AddLocalHosting();
    return builder.Build();
}
