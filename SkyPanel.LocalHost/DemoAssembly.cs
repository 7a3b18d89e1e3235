using Microsoft.Extensions.Hosting;

namespace SkyPanel.LocalHost;

/// <summary>Finds SkyPanel.Demo, which the development build carries and a published one doesn't.</summary>
internal static class DemoAssembly
{
    private const string Preparation = "SkyPanel.Demo.DemoPreparation, SkyPanel.Demo";

    /// <returns>Null when the demo isn't beside the program.</returns>
    public static Action<IHostApplicationBuilder>? Prepare() =>
        Type.GetType(Preparation)?.GetMethod("Prepare")?.CreateDelegate<Action<IHostApplicationBuilder>>();
}
