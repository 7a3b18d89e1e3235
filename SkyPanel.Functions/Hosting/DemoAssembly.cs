using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Hosting;

/// <summary>Finds SkyPanel.Demo by name: the development build carries it, a published one doesn't.</summary>
public static class DemoAssembly
{
    private const string Preparation = "SkyPanel.Demo.DemoPreparation, SkyPanel.Demo";

    /// <summary>Gives the app what its configuration lacks; does nothing without the demo.</summary>
    public static Task PrepareAsync(IHostApplicationBuilder builder, CancellationToken ct) =>
        Type.GetType(Preparation)?.GetMethod("PrepareAsync")!.CreateDelegate<Func<IHostApplicationBuilder, CancellationToken, Task>>()(
            builder, ct)
        ?? Task.CompletedTask;
}
