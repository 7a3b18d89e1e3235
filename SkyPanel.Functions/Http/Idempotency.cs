using System.Security.Cryptography;

namespace SkyPanel.Functions.Http;

/// <summary>Makes POSTs with the header <c>Idempotency-Key</c> repeatable: a repeat does nothing and gets the first answer, waiting for it
/// if needed.</summary>
public sealed class Idempotency(NpgsqlDataSource database, ILogger<Idempotency> logger, TimeProvider time)
{
    /// <summary>The maximum length of a key, in characters.</summary>
    public const int MaxKeyLength = 200;

    // No request takes longer than this. Without an answer by then its process has died, and the key is free again.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private const string ClaimSql = """
        insert into cron_service.idempotency_keys as k (caller, operation, key, request_hash) values (@caller, @operation, @key, @hash)
        on conflict (caller, operation, key) do update set created_at = now(), request_hash = excluded.request_hash
            where k.status_code is null and k.created_at not between now() - @longest_answer and now() + @longest_answer
        """;

    private const string FindSql =
        "select request_hash, status_code, answer::text from cron_service.idempotency_keys where caller = @caller and operation = " +
        "@operation and key = @key";
    private const string AnswerSql =
        "update cron_service.idempotency_keys set status_code = @status, answer = @answer::json where caller = @caller and operation = " +
        "@operation and key = @key and status_code is null";
    private const string ReplaceSql =
        "update cron_service.idempotency_keys set answer = @answer::json where caller = @caller and operation = @operation and key = " +
        "@key and status_code = @status";
    private const string DeleteSql =
        "delete from cron_service.idempotency_keys where caller = @caller and operation = @operation and key = @key and status_code is " +
        "null";

    /// <summary>Executes a request once for each key of a caller; without the header it is just executed. If the process dies before the
    /// answer is stored, a repeat executes it again: use it for runs, which record their own start, and for reads.</summary>
    /// <param name="operation">The operation with its parsed parameters, such as <c>refund user 2</c>, whatever the spelling of the
    /// path.</param>
    /// <param name="body">The parsed body as text: the same key with another body is refused.</param>
    /// <param name="act">Returns the answer; a problem is not stored, so that it may be retried.</param>
    public Task<IResult> OnceAsync(HttpRequest request, Caller caller, string operation, string body,
        Func<Task<IResult>> act) =>
        OnceAsync(request, caller, operation, body, async id =>
        {
            var answer = await act();
            if (id is not null && !Problem.Is(answer))
                await TryStoreAsync(AnswerSql, AnswerOf(id, answer));
            return answer;
        });

    /// <summary>Executes a change once, in one transaction with its line in the audit and the stored answer. A problem rolls it
    /// back.</summary>
    /// <param name="toStore">Removes secrets from the answer that is stored for a repeat.</param>
    /// <param name="follow">Acts after the commit, and returns the final answer, also for repeats. If the process dies before, repeats get
    /// the answer of the change; so does the caller if the database fails meanwhile, as without a key a repeat would do it twice.</param>
    public Task<IResult> OnceAsync(
        HttpRequest request, Caller caller, string operation, string body,
            Func<NpgsqlConnection, Task<IResult>> change, Func<object, object>? toStore = null, Func<Task<IResult>>? follow = null) =>
        OnceAsync(request, caller, operation, body, async id =>
        {
            // Not the request's token: a caller that hangs up must not undo it.
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            await using var transaction = await connection.BeginAsync(CancellationToken.None);
            var answer = await change(connection);
            if (Problem.Is(answer))
                return answer;
            // A process that was frozen for too long: a repeat has executed it meanwhile.
            if (id is not null && await connection.ExecuteAsync(AnswerSql, CancellationToken.None,
                AnswerOf(id, answer, toStore)) == 0)
                return Problem.Conflict("A repeat of this request has done it meanwhile: ask again with the same Idempotency-Key.");
            await transaction.CommitAsync(CancellationToken.None);
            if (follow is null)
                return answer;
            try
            {
                answer = await follow();
            }
            catch (NpgsqlException e)
            {
                logger.LogWarning("{Operation} is done, and what follows it is not yet: {Reason}", operation, e.Message);
                return answer;
            }
            if (id is not null)
                await TryStoreAsync(ReplaceSql, AnswerOf(id, answer, toStore));
            return answer;
        });

    private async Task<IResult> OnceAsync(HttpRequest request, Caller caller, string operation, string body,
        Func<(string, object?)[]?, Task<IResult>> act)
    {
        var keys = request.Headers["Idempotency-Key"];
        if (keys.Count > 1)
            throw new BadInputException("Idempotency-Key", "may be given once");
        if (keys is not [{ Length: > 0 } key])
            return await act(null);
        if (key.Length > MaxKeyLength)
            throw new BadInputException("Idempotency-Key", $"may have {MaxKeyLength} characters at most");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        (string, object?)[] id = [("caller", caller.Name), ("operation", operation), ("key", key)];
        while (await database.ExecuteAsync(ClaimSql, CancellationToken.None,
            [.. id, ("hash", hash), ("longest_answer", MaxDuration)]) == 0)
        {
            if (await FindAnswerAsync(id, hash) is { } first)
                return first;
            // The first request is still being executed; a repeat returns its answer.
            await Task.Delay(PollInterval, time, request.HttpContext.RequestAborted);
        }
        try
        {
            var answer = await act(id);
            if (Problem.Is(answer))
                await database.ExecuteAsync(DeleteSql, CancellationToken.None, id);
            return answer;
        }
        catch
        {
            await database.ExecuteAsync(DeleteSql, CancellationToken.None, id);
            throw;
        }
    }

    // The request was executed, so its answer is returned even if it can't be stored.
    private async Task TryStoreAsync(string sql, (string, object?)[] answer)
    {
        try
        {
            await database.ExecuteAsync(sql, CancellationToken.None, answer);
        }
        catch (NpgsqlException e)
        {
            logger.LogWarning("The answer for a repeat can't be stored: {Reason}", e.Message);
        }
    }

    private static (string, object?)[] AnswerOf((string, object?)[] id, IResult answer, Func<object, object>? toStore = null)
    {
        var value = ((IValueHttpResult)answer).Value!;
        return [.. id, ("status", ((IStatusCodeHttpResult)answer).StatusCode),
            ("answer", JsonSerializer.Serialize(toStore is null ? value : toStore(value), ApiJson.Options))];
    }

    private async Task<IResult?> FindAnswerAsync((string, object?)[] id, string hash)
    {
        var first = await database.QueryAsync(FindSql, row => (Hash: row.Get<string>("request_hash"),
            Status: row.Nullable<int?>("status_code"), Answer: row.Nullable<string>("answer")), CancellationToken.None, id);
        return first switch
        {
            [{ Hash: var before }] when before != hash =>
                throw new BadInputException("Idempotency-Key", "was used for another request before"),
            [{ Status: { } status, Answer: { } answer }] => Results.Content(answer, "application/json", Encoding.UTF8, status),
            _ => null,
        };
    }
}
