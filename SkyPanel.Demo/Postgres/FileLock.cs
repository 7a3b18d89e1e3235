namespace SkyPanel.Demo.Postgres;

/// <summary>Locks between processes. The system releases them when the process dies, however it dies, so nothing is
/// ever left locked; what is left is an empty file.</summary>
public static class FileLock
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    /// <returns>The lock, or null while somebody else holds it, shared or not.</returns>
    public static FileStream? TryExclusive(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        // Shared otherwise; a missing folder is a type of its own.
        catch (IOException failure) when (failure.GetType() == typeof(IOException))
        {
            return null;
        }
    }

    /// <exception cref="IOException">Somebody holds it exclusively.</exception>
    public static FileStream Shared(string path) => new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);

    /// <summary>Waits for the lock, and makes its folder, which whoever held it may have deleted.</summary>
    public static async Task<FileStream> ExclusiveAsync(string path, CancellationToken ct)
    {
        while (true)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (TryExclusive(path) is { } taken)
            {
                if (File.Exists(path))
                    return taken;
                await taken.DisposeAsync();
            }

            await Task.Delay(RetryAfter, TimeProvider.System, ct);
        }
    }
}
