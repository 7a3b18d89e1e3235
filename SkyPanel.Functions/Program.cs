using Microsoft.Azure.Functions.Worker.Builder;
using SkyPanel.Functions;

return await Startup.RunAsync(args, () =>
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication();
    builder.AddSkyPanel();
    return builder.Build();
});
