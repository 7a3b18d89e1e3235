using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace SkyPanel.LocalHost;

/// <summary>Reads local.settings.json, whose <c>Values</c> the Functions host passes to the worker as environment variables.</summary>
public static class LocalSettings
{
    public const string FileName = "local.settings.json";

    /// <summary>Adds the values of the file, if it exists, below every other source. As in the Functions host, real environment
    /// variables take precedence, and <c>__</c> in a name means <c>:</c>.</summary>
    /// <exception cref="InvalidDataException">The file isn't JSON; the message names it.</exception>
    public static void AddBelow(IConfigurationBuilder configuration, string path)
    {
        var file = new ConfigurationBuilder().AddJsonFile(path, optional: true, reloadOnChange: false).Build();
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = file.GetSection("Values").AsEnumerable(makePathsRelative: true)
                .Where(value => value.Value is not null)
                .Select(value => KeyValuePair.Create(value.Key.Replace("__", ":", StringComparison.Ordinal), value.Value))
                .ToList(),
        });
    }
}
