namespace SkyPanel.Demo.Postgres;

/// <summary>A lock between processes. The system releases it when the process ends, in whatever way. The empty file
/// remains.</summary>
public static class FileLock
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    /// <returns>The lock; null while another process holds it, shared or not.</returns>
    public static FileStream? TryExclusive(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        // Held by another process. A missing folder has another exception type.
        catch (IOException failure) when (failure.GetType() == typeof(IOException))
        {
            return null;
        }
    }

    /// <exception cref="IOException">Another process holds it exclusively.</exception>
    public static FileStream Shared(string path) => new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);

    /// <summary>Waits for the lock, and creates its folder, which the previous holder may have deleted.</summary>
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
