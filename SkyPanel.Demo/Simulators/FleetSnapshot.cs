using System.Text.Json;

namespace SkyPanel.Demo.Simulators;

/// <summary>Stores the state of a <see cref="SimulatedFleet"/> in one JSON file, replaced atomically at each change. Fast enough for
/// a demo, but not for a load test.</summary>
internal sealed class FleetSnapshot(string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public FleetState? Read()
    {
        if (!File.Exists(path))
            return null;

        try
        {
            return JsonSerializer.Deserialize<FleetState>(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The simulator's snapshot {path} can't be read; delete it to begin anew.", exception);
        }
    }

    public void Write(FleetState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var written = $"{path}.tmp";
        File.WriteAllBytes(written, JsonSerializer.SerializeToUtf8Bytes(state, Indented));
        File.Move(written, path, overwrite: true);
    }
}

internal sealed record FleetState(
    IReadOnlyList<SimulatedServer> Servers, IReadOnlyList<SimulatedUser> Users, IReadOnlyList<SimulatedCredit> Credits, long LastCreditId);
