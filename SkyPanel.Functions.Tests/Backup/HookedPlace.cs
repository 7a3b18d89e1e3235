using SkyPanel.Functions.Backup;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>A place in which something happens between two steps of a backup.</summary>
public sealed class HookedPlace(IBackupPlace place) : IBackupPlace
{
    public Func<Task> BeforeList { get; init; } = () => Task.CompletedTask;
    public Func<Task> AfterRename { get; init; } = () => Task.CompletedTask;

    public string Name => place.Name;

    public Task<Stream> CreateAsync(string name, CancellationToken ct) => place.CreateAsync(name, ct);

    public Task<Stream> OpenAsync(string name, CancellationToken ct) => place.OpenAsync(name, ct);

    public async Task RenameAsync(string name, string newName, CancellationToken ct)
    {
        await place.RenameAsync(name, newName, ct);
        await AfterRename();
    }

    public async Task<List<string>> ListAsync(CancellationToken ct)
    {
        await BeforeList();
        return await place.ListAsync(ct);
    }

    public Task DeleteAsync(string name, CancellationToken ct) => place.DeleteAsync(name, ct);
}
