using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalWorker;

/// <summary>What is prepared on one's own machine before the application's services read their configuration.</summary>
internal static class LocalStart
{
    public static void Prepare(ConfigurationManager configuration)
    {
    }
}
