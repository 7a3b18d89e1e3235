using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Http;

/// <summary>Makes POSTs with the header <c>Idempotency-Key</c> repeatable: a repeat does nothing and gets the first answer, waiting for it
/// if needed.</summary>
public sealed class Idempotency(NpgsqlDataSource database, ILogger<Idempotency> logger, TimeProvider time)
{
    /// <summary>Characters.</summary>
    public const int LongestKey = 200;

    // No answer takes longer than this: one that hasn't come by then never will (its process died), and frees the key.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

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
    private const string ForgetSql =
        "delete from cron_service.idempotency_keys where caller = @caller and operation = @operation and key = @key and status_code is " +
        "null";

    /// <summary>Does it once for each key of a caller. Without the header it is simply done. Where its process dies between the act and the
    /// answer, a repeat finds what it has left: it is for runs, which say themselves that they were begun, and for what changes
    /// nothing.</summary>
    /// <param name="operation">What is asked for with its parsed parameters, such as <c>refund user 2</c>: however the path is written, a
    /// repeat is the same.</param>
    /// <param name="body">The parsed body as text: the same key with another body is refused.</param>
    /// <param name="act">Answers with a status and an object; statuses of 400 and more are not kept, so that they may be tried
    /// again.</param>
    public Task<IResult> OnceAsync(HttpRequest request, Caller caller, string operation, string body,
        Func<Task<(int Status, object Answer)>> act) =>
        OnceAsync(request, caller, operation, body, async id =>
        {
            var (status, answer) = await act();
            if (id is not null && status < 400)
                await TryKeepAsync(Cached(id, status, answer));
            return (status, answer);
        });

    /// <summary>The same for a change that is one transaction: what is changed, its line in the audit and the answer for a repeat are there
    /// together or not at all. It is committed when the status is below 400.</summary>
    /// <param name="toKeep">What of an answer is stored for a repeat, where that isn't all of it: a secret is stored nowhere.</param>
    public Task<IResult> OnceAsync(
        HttpRequest request, Caller caller, string operation, string body,
            Func<NpgsqlTransaction, Task<(int Status, object Answer)>> change, Func<object, object>? toKeep = null) =>
        OnceAsync(request, caller, operation, body, async id =>
        {
            // Not the request's token: a caller that hangs up must not undo it.
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            await using var transaction = await connection.BeginAsync(CancellationToken.None);
            var (status, answer) = await change(transaction);
            if (status >= 400)
                return (status, answer);
            // Frozen for longer than any answer takes, it was done by a repeat meanwhile.
            if (id is not null && await connection.ExecuteAsync(AnswerSql, CancellationToken.None,
                Cached(id, status, toKeep is null ? answer : toKeep(answer))) == 0)
                return (409, Problem.Conflict("A repeat of this request has done it meanwhile: ask again with the same Idempotency-Key."));
            await transaction.CommitAsync(CancellationToken.None);
            return (status, answer);
        });

    private async Task<IResult> OnceAsync(HttpRequest request, Caller caller, string operation, string body,
        Func<(string, object?)[]?, Task<(int Status, object Answer)>> act)
    {
        var key = request.Headers["Idempotency-Key"].FirstOrDefault();
        if (string.IsNullOrEmpty(key))
            return Json(await act(null));
        if (key.Length > LongestKey)
            throw new BadInputException("Idempotency-Key", $"may have {LongestKey} characters at most");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        (string, object?)[] id = [("caller", caller.Name), ("operation", operation), ("key", key)];
        while (await database.ExecuteAsync(ClaimSql, CancellationToken.None,
            [.. id, ("hash", hash), ("longest_answer", LongestAnswer)]) == 0)
        {
            if (await FirstAnswerAsync(id, hash) is { } first)
                return first;
            // The first is being executed: its answer is this one's too.
            await Task.Delay(LookEvery, time, request.HttpContext.RequestAborted);
        }
        try
        {
            var result = await act(id);
            if (result.Status >= 400)
                await database.ExecuteAsync(ForgetSql, CancellationToken.None, id);
            return Json(result);
        }
        catch
        {
            await database.ExecuteAsync(ForgetSql, CancellationToken.None, id);
            throw;
        }
    }

    // What was done is done: its answer isn't withheld, nor its key freed, because it can't be kept.
    private async Task TryKeepAsync((string, object?)[] answer)
    {
        try
        {
            await database.ExecuteAsync(AnswerSql, CancellationToken.None, answer);
        }
        catch (NpgsqlException e)
        {
            logger.LogWarning("The answer for a repeat can't be kept: {Reason}", e.Message);
        }
    }

    private static (string, object?)[] Cached((string, object?)[] id, int status, object answer) =>
        [.. id, ("status", status), ("answer", JsonSerializer.Serialize(answer, ApiJson.Options))];

    private async Task<IResult?> FirstAnswerAsync((string, object?)[] id, string hash)
    {
        var first = await database.QueryAsync(FindSql, row => (Hash: row.GetString(0), Status: row.Nullable<int?>("status_code"),
            Answer: row.Nullable<string>("answer")),
            CancellationToken.None, id);
        return first switch
        {
            [{ Hash: var before }] when before != hash =>
                throw new BadInputException("Idempotency-Key", "was used for another request before"),
            [{ Status: { } status, Answer: { } answer }] => Results.Content(answer, "application/json", Encoding.UTF8, status),
            _ => null,
        };
    }

    private static IResult Json((int Status, object Answer) result) =>
        result.Answer as IResult ?? Results.Json(result.Answer, ApiJson.Options, statusCode: result.Status);
}
