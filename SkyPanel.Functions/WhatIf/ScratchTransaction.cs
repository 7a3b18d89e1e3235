using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Executes one computation at a time in a transaction that is rolled back.</summary>
/// <remarks>The transaction reads a snapshot, writes temporary tables only and locks no row, so a billing run doesn't wait for
/// it.</remarks>
public sealed class ScratchTransaction(NpgsqlDataSource database) : IDisposable
{
    private const string RetryAfterSeconds = "5";

    private readonly SemaphoreSlim _free = new(1);

    /// <summary>Refuses a concurrent request, and says when to try again.</summary>
    public static IResult Busy(HttpRequest request)
    {
        request.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Problem.Conflict("Another question about costs is being answered: ask again when it is done.");
    }

    /// <returns>Null while another computation is executed in this process.</returns>
    public async Task<T?> TryAsync<T>(Func<NpgsqlConnection, Task<T>> compute, CancellationToken ct) where T : class
    {
        if (!await _free.WaitAsync(TimeSpan.Zero, ct))
            return null;
        try
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginScratchAsync(ct);
            await ChargeLocks.PlanWholeSetsAsync(connection, ct);
            var answer = await compute(connection);
            await transaction.RollbackAsync(ct);
            return answer;
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
