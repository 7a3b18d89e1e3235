using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Admin;

/// <summary>Header <c>Idempotency-Key</c>: the repeat of a POST gets the first answer, waiting for it when need be, and does nothing.</summary>
public sealed class Idempotency(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Characters.</summary>
    public const int LongestKey = 200;

    // No answer takes longer than this: one that hasn't come by then never will (its process died), and frees the key.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private const string ClaimSql = """
        insert into cron_service.idempotency_keys as k (caller, route, key, request_hash) values (@caller, @route, @key, @hash)
        on conflict (caller, route, key) do update set created_at = now(), request_hash = excluded.request_hash
            where k.status_code is null and k.created_at < now() - @longest_answer
        """;

    private const string FindSql = "select request_hash, status_code, answer::text from cron_service.idempotency_keys where caller = @caller and route = @route and key = @key";
    private const string AnswerSql = "update cron_service.idempotency_keys set status_code = @status, answer = @answer::jsonb where caller = @caller and route = @route and key = @key";
    private const string ForgetSql = "delete from cron_service.idempotency_keys where caller = @caller and route = @route and key = @key and status_code is null";

    /// <summary>Does it once for each key of a caller. Without the header it is simply done.</summary>
    /// <param name="act">Answers with a status and an object; statuses of 400 and more are not kept, so that they may be tried again.</param>
    /// <param name="toKeep">What of an answer is stored for a repeat, where that isn't all of it: a secret is stored nowhere.</param>
    public async Task<IResult> OnceAsync(HttpRequest request, Caller caller, string body, Func<Task<(int Status, object Answer)>> act, Func<object, object>? toKeep = null)
    {
        var key = request.Headers["Idempotency-Key"].FirstOrDefault();
        if (string.IsNullOrEmpty(key))
            return Json(await act());
        if (key.Length > LongestKey)
            throw new BadInputException("Idempotency-Key", $"may have {LongestKey} characters at most");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        (string, object?)[] id = [("caller", caller.Name), ("route", request.Path.Value), ("key", key)];
        while (await database.ExecuteAsync(ClaimSql, CancellationToken.None, [.. id, ("hash", hash), ("longest_answer", LongestAnswer)]) == 0)
        {
            if (await FirstAnswerAsync(id, hash) is { } first)
                return first;
            // The first is being executed: its answer is this one's too.
            await Task.Delay(LookEvery, time, request.HttpContext.RequestAborted);
        }
        try
        {
            var (status, answer) = await act();
            await database.ExecuteAsync(status < 400 ? AnswerSql : ForgetSql, CancellationToken.None, status < 400
                ? [.. id, ("status", status), ("answer", JsonSerializer.Serialize(toKeep is null ? answer : toKeep(answer), AdminJson.Options))] : id);
            return Json((status, answer));
        }
        catch
        {
            await database.ExecuteAsync(ForgetSql, CancellationToken.None, id);
            throw;
        }
    }

    private async Task<IResult?> FirstAnswerAsync((string, object?)[] id, string hash)
    {
        var first = await database.QueryAsync(FindSql, row => (Hash: row.GetString(0), Status: row.Nullable<int?>("status_code"), Answer: row.Nullable<string>("answer")),
            CancellationToken.None, id);
        return first switch
        {
            [{ Hash: var before }] when before != hash => throw new BadInputException("Idempotency-Key", "was used for another request before"),
            [{ Status: { } status, Answer: { } answer }] => Results.Content(answer, "application/json", Encoding.UTF8, status),
            _ => null,
        };
    }

    private static IResult Json((int Status, object Answer) result) =>
        result.Answer as IResult ?? Results.Json(result.Answer, AdminJson.Options, statusCode: result.Status);
}
