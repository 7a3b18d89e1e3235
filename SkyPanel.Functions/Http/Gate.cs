using System.Diagnostics;

namespace SkyPanel.Functions.Http;

/// <summary>Lets requests into the API: authenticates, authorizes, limits, and turns exceptions into answers.</summary>
public sealed class Gate(ApiKeys keys, AccessTokens tokens, RateLimits limits, Refusals refusals, IOptions<AdminOptions> options,
    ILogger<Gate> logger)
{
    /// <summary>Passes everybody on to a route without query parameters.</summary>
    /// <param name="takesAnyQuery">Ignores query parameters, for an address to which others add their own.</param>
    public Task<IResult> OpenAsync(HttpRequest request, Func<CancellationToken, Task<IResult>> handler, bool takesAnyQuery = false) =>
        GuardAsync(request, async () =>
    {
        if (!limits.TryEnterOpen(Source.Group(request), out var wait))
            return TooMany(request, "", wait);
        if (!takesAnyQuery)
            Query.Read<NoParameters>(request);
        return await handler(request.HttpContext.RequestAborted);
    });

    /// <summary>Passes callers on that a feature identifies by its own token, sent as <c>Authorization: Bearer</c>. An unknown token counts
    /// as a wrong key.</summary>
    /// <param name="findAsync">Finds the guest of a token, and the name for limits and the audit; null when the token is
    /// unknown.</param>
    public Task<IResult> AdmitAsync<TGuest, TQuery>(
        HttpRequest request, Func<string, CancellationToken, Task<(string Name, TGuest Guest)?>> findAsync,
            Func<TGuest, Caller, TQuery, CancellationToken, Task<IResult>> handler)
        where TQuery : new() =>
        GuardAsync(request, () => AdmitInsideAsync(request, findAsync, handler));

    /// <summary>Passes callers of at least a role, and callers that a feature identifies by its own token, on to a route without query
    /// parameters.</summary>
    /// <param name="findAsync">As in <see cref="AdmitAsync"/>.</param>
    /// <param name="handler">Takes the guest; null for a caller with the role.</param>
    public Task<IResult> EnterOrAdmitAsync<TGuest>(
        HttpRequest request, Role role, Func<string, CancellationToken, Task<(string Name, TGuest Guest)?>> findAsync,
            Func<TGuest?, Caller, CancellationToken, Task<IResult>> handler)
        where TGuest : class =>
        GuardAsync(request, async () =>
        {
            // A key in its own header comes first.
            return BearerOf(request) is { } token && token == KeyOf(request)
                && await findAsync(token, request.HttpContext.RequestAborted) is { } found
                ? await AdmitInsideAsync<TGuest, NoParameters>(request, (_, _) => Task.FromResult<(string, TGuest)?>(found),
                    (guest, caller, _, ct) => handler(guest, caller, ct))
                : await EnterInsideAsync<NoParameters>(request, role, (caller, _, ct) => handler(null, caller, ct), false,
                    Problem.InvalidKeyOrLink);
        });

    /// <summary>Answers requests that match no route: 405 when the path has other methods, else 404. They have their own limit, so that
    /// they don't crowd out health checks.</summary>
    /// <param name="methods">The methods of the path; empty when it has no route.</param>
    public Task<IResult> RejectUnmatchedAsync(HttpRequest request, IReadOnlyCollection<string> methods) => GuardAsync(request, () =>
    {
        if (!limits.TryCountUnknownPath(Source.Group(request), out var wait))
            return Task.FromResult(TooMany(request, "", wait));
        // A valid method means that the path has a malformed id.
        if (methods.Count == 0 || methods.Contains(request.Method))
            return Task.FromResult(Problem.NoRoute());
        request.HttpContext.Response.Headers.Allow = string.Join(", ", methods);
        return Task.FromResult(Problem.WrongMethod(methods));
    });

    /// <summary>Passes callers of at least a role on to a route without query parameters.</summary>
    /// <param name="handler">Takes the caller, and a token that is cancelled when the caller hangs up or the request takes too
    /// long.</param>
    /// <param name="isForPanel">Whether the panel's own key may pass too.</param>
    public Task<IResult> EnterAsync(HttpRequest request, Role role, Func<Caller, CancellationToken, Task<IResult>> handler,
        bool isForPanel = false) =>
        EnterAsync<NoParameters>(request, role, (caller, _, ct) => handler(caller, ct), isForPanel);

    /// <summary>Passes callers of at least a role on to a route with query parameters. Unknown parameters are refused before anything
    /// happens.</summary>
    /// <typeparam name="TQuery">The type whose properties are the parameters.</typeparam>
    /// <param name="isForPanel">Whether the panel's own key may pass too.</param>
    public Task<IResult> EnterAsync<TQuery>(HttpRequest request, Role role, Func<Caller, TQuery, CancellationToken, Task<IResult>> handler,
        bool isForPanel = false)
        where TQuery : new() =>
        GuardAsync(request, () => EnterInsideAsync(request, role, handler, isForPanel, Problem.Unauthorized));

    private async Task<IResult> AdmitInsideAsync<TGuest, TQuery>(
        HttpRequest request, Func<string, CancellationToken, Task<(string Name, TGuest Guest)?>> findAsync,
            Func<TGuest, Caller, TQuery, CancellationToken, Task<IResult>> handler)
        where TQuery : new()
    {
        if (!limits.TryEnterOpen(Source.Group(request), out var wait))
            return TooMany(request, "", wait);
        var ct = request.HttpContext.RequestAborted;
        var token = BearerOf(request);
        if (token is null || await findAsync(token, ct) is not var (name, guest))
            return RefuseUnknown(request, token, Problem.InvalidLink());
        if (!limits.TryEnter(name, out wait))
            return TooMany(request, name, wait);
        return await handler(guest, new(name, Role.None, Source.Address(request), IdOf(request)), Query.Read<TQuery>(request), ct);
    }

    private async Task<IResult> EnterInsideAsync<TQuery>(HttpRequest request, Role role,
        Func<Caller, TQuery, CancellationToken, Task<IResult>> handler, bool isForPanel, Func<IResult> invalid)
        where TQuery : new()
    {
        var key = KeyOf(request);
        var ct = request.HttpContext.RequestAborted;
        if ((await keys.FindAsync(key, ct) ?? await tokens.FindAsync(key, ct)) is not var (name, has))
            return RefuseUnknown(request, key, invalid());
        if (!limits.TryEnter(name, out var retryAfter))
            return TooMany(request, name, retryAfter);
        if (!has.Allows(role) && !(isForPanel && has == Role.Panel))
            return Refuse(request, name, "forbidden", Problem.Forbidden(role));
        var caller = new Caller(name, has, Source.Address(request), IdOf(request));
        var answer = await handler(caller, Query.Read<TQuery>(request), ct);
        // The audit lines of a refused request were rolled back.
        foreach (var decision in Problem.Is(answer) ? [] : caller.Decisions)
            logger.LogInformation("Decision: {Decision}", decision);
        return answer;
    }

    private async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> handler)
    {
        SetSecurityHeaders(request, request.HttpContext.Response.Headers);
        // Handlers that read stop with this token; handlers that change something ignore it, so that they aren't interrupted.
        var disconnected = request.HttpContext.RequestAborted;
        var late = CancellationTokenSource.CreateLinkedTokenSource(disconnected);
        request.HttpContext.Response.RegisterForDispose(late);
        request.HttpContext.RequestAborted = late.Token;
        late.CancelAfter(options.Value.RequestTimeout);
        try
        {
            return await handler();
        }
        catch (BadInputException e)
        {
            return Problem.BadInput(e.Field, e.Message);
        }
        catch (NotFoundException e)
        {
            return Problem.NotFound(e.Message);
        }
        catch (AuthorityException e)
        {
            return Problem.Unavailable(e.Message);
        }
        catch (TooLargeException)
        {
            return Problem.TooLarge();
        }
        catch (TooSlowException)
        {
            return Problem.TooSlow();
        }
        catch (OperationCanceledException) when (disconnected.IsCancellationRequested)
        {
            return Results.Empty;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            logger.LogWarning("{Method} {Path} took longer than {RequestTimeout}", request.Method, LoggedPath.Of(request),
                options.Value.RequestTimeout);
            return Problem.Unavailable("It takes too long.");
        }
        // No connection, or a lost one.
        catch (NpgsqlException e) when (e is not PostgresException { InvariantSeverity: not "FATAL" })
        {
            logger.LogError("{Method} {Path}: the database can't be reached: {Reason}", request.Method, LoggedPath.Of(request), e.Message);
            return Problem.Unavailable();
        }
        // Any other refused statement is a defect of ours and handled below.
        catch (PostgresException e) when (IsUnusable(e))
        {
            logger.LogError("{Method} {Path}: the database can't be used: {Reason}", request.Method, LoggedPath.Of(request), e.MessageText);
            return Problem.Unavailable("The database can't be used now.");
        }
        catch (Exception e) // The text of an unexpected exception stays in the log.
        {
            logger.LogError(e, "{Method} {Path} failed", request.Method, LoggedPath.Of(request));
            return Problem.Failed();
        }
        finally // An export is written after this; the server enforces a minimum rate of its reader.
        {
            late.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    // A full disk, exhausted memory or locks, or a standby, which refuses transactions that may write as a feature that it lacks.
    private static bool IsUnusable(PostgresException e) => e.IsTransient
        || e.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.FeatureNotSupported;

    // The trace id may come from the caller's traceparent; the span id is ours, so the id is unique.
    private static string IdOf(HttpRequest request) => Activity.Current is { } activity ? $"{activity.TraceId}-{activity.SpanId}"
        : request.HttpContext.TraceIdentifier;

    private static void SetSecurityHeaders(HttpRequest request, IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["x-request-id"] = IdOf(request);
        if (request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    // An unknown key or token counts as a guess.
    private IResult RefuseUnknown(HttpRequest request, string? sent, IResult answer)
    {
        if (sent is not null && !limits.TryGuess(Source.Group(request), out var wait))
            return TooMany(request, "", wait);
        request.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return Refuse(request, "", "unauthorized", answer);
    }

    private IResult Refuse(HttpRequest request, string actor, string reason, IResult answer)
    {
        refusals.Count(request, Source.Group(request), actor, reason);
        return answer;
    }

    private IResult TooMany(HttpRequest request, string actor, TimeSpan retryAfter)
    {
        request.HttpContext.Response.Headers.RetryAfter = ((int)Math.Max(1, retryAfter.TotalSeconds))
            .ToString(CultureInfo.InvariantCulture);
        return Refuse(request, actor, "too-many-requests", Problem.TooMany());
    }

    private static string? KeyOf(HttpRequest request) =>
        request.Headers["x-api-key"].FirstOrDefault() is { Length: > 0 } key ? key
        : BearerOf(request);

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization.FirstOrDefault() is { } header
            && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;

    private sealed class NoParameters;
}
