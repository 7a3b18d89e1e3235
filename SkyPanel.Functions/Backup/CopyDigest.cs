using System.Buffers;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Backup;

/// <summary>The digest of a table's rows in COPY's text format, where a row is a line.</summary>
public sealed record CopyDigest(long Rows, long Bytes, string Sha256)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Copies one stream into another and computes its digest.</summary>
    public static async Task<CopyDigest> CopyAsync(Stream from, Stream to, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long rows = 0, bytes = 0;
            int read;
            while ((read = await from.ReadAsync(buffer.AsMemory(0, BufferBytes), ct)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                rows += buffer.AsSpan(0, read).Count((byte)'\n');
                bytes += read;
                await to.WriteAsync(buffer.AsMemory(0, read), ct);
            }
            return new(rows, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
