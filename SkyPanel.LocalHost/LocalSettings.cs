using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace SkyPanel.LocalHost;

/// <summary>local.settings.json, whose <c>Values</c> the Functions host gives to the worker as environment variables.</summary>
public static class LocalSettings
{
    public const string FileName = "local.settings.json";

    /// <summary>Adds the file's values, if there is one, below every other source: a real environment variable wins, as
    /// it does with the Functions host. <c>__</c> in a name separates as <c>:</c> does.</summary>
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
