using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace SkyPanel.LocalHost;

/// <summary>Stores settings changed at runtime in a file of its own, which overrides local.settings.json at the next start. That file
/// and its comments stay unchanged.</summary>
public sealed class SchedulesFile
{
    public const string FileName = "local.schedules.json";
    public const string Setting = "LocalHost:SchedulesFile";

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _writing = new();

    /// <param name="path">The file; null for the one beside the binaries.</param>
    /// <exception cref="OptionsValidationException">The folder doesn't exist.</exception>
    public SchedulesFile(string? path)
    {
        Path = string.IsNullOrEmpty(path) ? System.IO.Path.Combine(AppContext.BaseDirectory, FileName) : System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(System.IO.Path.GetDirectoryName(Path)))
            throw new OptionsValidationException(Setting, typeof(SchedulesFile),
                [$"{Setting} '{path}' must be a file in a folder that exists."]);
    }

    public string Path { get; }

    /// <summary>Sets one of its <c>Values</c> under any spelling of the name, and drops comments. Concurrent readers see the old or the
    /// new file.</summary>
    /// <param name="name">The name with colons: <c>Cron:HourlyBilling:Schedule</c>.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="JsonException">The file isn't JSON.</exception>
    public void Write(string name, string value)
    {
        lock (_writing)
        {
            var file = (File.Exists(Path) ? JsonNode.Parse(File.ReadAllText(Path), documentOptions: Lenient) : null) as JsonObject
                ?? new JsonObject { ["IsEncrypted"] = false };
            if (file["Values"] is not JsonObject values)
                file["Values"] = values = [];
            var written = name.Replace(":", "__", StringComparison.Ordinal);
            values[values.ContainsKey(name) ? name : written] = value;

            var beside = $"{Path}.{Environment.ProcessId}.new";
            File.WriteAllText(beside, file.ToJsonString(Indented));
            File.Move(beside, Path, overwrite: true);
        }
    }
}
