using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Hosting;

/// <summary>Finds SkyPanel.Demo by name: the development build carries it, a published one doesn't.</summary>
public static class DemoAssembly
{
    private const string Preparation = "SkyPanel.Demo.DemoPreparation, SkyPanel.Demo";

    /// <summary>Gives the app what its configuration lacks; does nothing without the demo.</summary>
    /// <exception cref="StartException">PostgreSQL can't be had, or the demo's folder can't be used.</exception>
    public static async Task PrepareAsync(IHostApplicationBuilder builder, CancellationToken ct)
    {
        var prepare = Type.GetType(Preparation)?.GetMethod("PrepareAsync")!
            .CreateDelegate<Func<IHostApplicationBuilder, CancellationToken, Task>>();
        try
        {
            await (prepare?.Invoke(builder, ct) ?? Task.CompletedTask);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(e.Message);
        }
    }
}
