namespace SkyPanel.Functions.VirtFusion;

/// <summary>Calls VirtFusion's REST API for servers, wallets and native usage. Reads are retried; writes are not.</summary>
/// <remarks>It assumes nothing that VirtFusion doesn't say: a missing figure is not 0, and a missing answer is not "gone".</remarks>
public sealed class VirtFusionClient(IHttpClientFactory clients, TimeProvider time)
{
    private const int MaxReferenceLength = 1000;
    private const int PageSize = 200; // The largest allowed; the default is 20.
    private const int MaxPages = 10_000;
    private const int MaxAddedPages = 10;
    private const int MaxFailedPages = 3;

    /// <summary>Reads every page of the list of servers.</summary>
    /// <exception cref="VirtFusionException">The first page can't be read.</exception>
    public async Task<ServerList> ListServersAsync(CancellationToken cancellationToken)
    {
        var listing = new ServerListing();
        var first = await AddPageAsync(listing, 1, cancellationToken);
        var lastPage = first.LastPage ?? throw new VirtFusionException($"VirtFusion's servers can't be listed: {first.Problem}");

        var maxPages = Math.Min(lastPage, MaxPages - MaxAddedPages) + MaxAddedPages;
        for (int page = 2, failed = 0; page <= lastPage; page++)
        {
            if (page > maxPages || failed == MaxFailedPages)
            {
                listing.AddMissing(failed == MaxFailedPages
                    ? $"{failed} pages could not be read: pages {page} to {lastPage} were not tried"
                    : $"the list grew to {lastPage} pages while it was read: no more than {maxPages} were");
                break;
            }

            var result = await AddPageAsync(listing, page, cancellationToken);
            lastPage = result.LastPage ?? lastPage;
            if (result.LastPage is null)
            {
                listing.AddMissing($"page {page}: {result.Problem}");
                failed++;
            }
        }

        return listing.Close();
    }

    /// <summary>Reads one server. Failures of VirtFusion or the network are returned, not thrown.</summary>
    public async Task<ServerLookup> FindServerAsync(int serverId, CancellationToken cancellationToken)
    {
        var answer = await GetAsync($"servers/{serverId}", cancellationToken);
        if (answer.IsNotFound)
            return new ServerLookup.Gone();

        if (answer.Status != 200)
            return new ServerLookup.Unknown(answer.ToString());

        if (answer.Json?.Field("data") is not { } data)
            return new ServerLookup.Unknown("the answer has no `data`");

        var server = VirtFusionServer.Read(data, out var id, out var problem);
        return id is not null && id != serverId ? new ServerLookup.Unknown($"VirtFusion answered with server {id}")
            : server is null ? new ServerLookup.Unknown(problem)
            : new ServerLookup.Found(server);
    }

    /// <summary>Reads a wallet's balance.</summary>
    /// <param name="extRelationId">The panel's <c>users.id</c>.</param>
    public async Task<BalanceReading> ReadBalanceAsync(int extRelationId, CancellationToken cancellationToken)
    {
        var answer = await GetAsync($"selfService/hourlyStats/byUserExtRelationId/{extRelationId}?{Period(CurrentMonth())}",
            cancellationToken);
        return answer switch
        {
            { Status: 200 } => answer.Json?.Field("data")?.Field("credit")?.Decimal("tokens") is { } tokens
                ? new BalanceReading.Tokens(tokens)
                : new BalanceReading.Unknown("the answer has no readable `credit.tokens`") { IsAnswered = true },
            { Status: 401 } => new BalanceReading.Unauthorized(),
            { Status: 429 } => new BalanceReading.RateLimited(answer.RetryAfter),
            { Status: 404, IsNotFound: false } => new BalanceReading.Unknown(answer.ToString()) { IsAnswered = true },
            { IsRefusal: true } => new BalanceReading.Refused(answer.Status, answer.Message),
            _ => new BalanceReading.Unknown(answer.ToString()) { IsAnswered = answer.Status is > 0 and < 500 },
        };
    }

    /// <summary>Reads what VirtFusion's own hourly billing counted for a user this month, to detect that it bills too.</summary>
    /// <param name="extRelationId">The panel's <c>users.id</c>.</param>
    public async Task<UsageReading> ReadNativeUsageAsync(int extRelationId, CancellationToken cancellationToken)
    {
        var month = CurrentMonth();
        var answer = await GetAsync($"selfService/usage/byUserExtRelationId/{extRelationId}?{Period(month)}", cancellationToken);
        if (answer.Status != 200)
            return answer.IsRefusal && (answer.Status != 404 || answer.IsNotFound) ? new UsageReading.Unreadable(answer.ToString())
                : new UsageReading.Unknown(answer.ToString());

        var data = answer.Json?.Field("data");
        return UsedTokens(data, "usageServers") is { } servers
            ? new UsageReading.Figures(month, servers, UsedTokens(data, "usageServersBillable"), UsedTokens(data, "usageAddons"),
                UsedTokens(data, "usageAddonsBillable"))
            : new UsageReading.Unreadable("the answer has no readable `usageServers`");
    }

    // VirtFusion gives two counts of the same hours, one of them rounded.
    private static decimal? UsedTokens(JsonElement? data, string name) =>
        data?.Field(name) is { } usage && (usage.Count("token"), usage.Count("tokenReal")) is ({ } rounded, { } real)
            ? Math.Max(rounded, real) : null;

    /// <summary>Changes a wallet with one request that is never retried. Failures of VirtFusion or the network are returned, not
    /// thrown.</summary>
    /// <param name="extRelationId">The panel's <c>users.id</c>.</param>
    /// <param name="tokens">Whole tokens; negative takes them. Never 0.</param>
    /// <param name="reference1">Stored by VirtFusion with the change.</param>
    /// <param name="reference2">Likewise; 1,000 characters at most.</param>
    /// <param name="deadline">After it, nothing is sent.</param>
    /// <param name="cancellationToken">Cancels the request while it is queued. Once it is being sent, its answer is awaited (30 s at most):
    /// cancelling it would leave its outcome in doubt.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the request was sent; the wallet was not changed.</exception>
    public async Task<CreditOutcome> AddCreditAsync(
        int extRelationId, int tokens, long reference1, string reference2, SendDeadline deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reference2.Length, MaxReferenceLength, nameof(reference2));

        var path = $"selfService/credit/byUserExtRelationId/{extRelationId}";
        var fields = new Dictionary<string, object> { ["tokens"] = tokens, ["reference_1"] = reference1, ["reference_2"] = reference2 };
        using var content = new OrderContent(fields, deadline);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using var giveUp = new CancellationTokenSource();
        using var stopping = cancellationToken.Register(() =>
        {
            if (!content.HasStarted)
                giveUp.Cancel();
        });

        try
        {
            using var client = clients.CreateClient(VirtFusionRegistration.Writes);
            using var response = await client.SendAsync(request, giveUp.Token);
            return Outcome(await VirtFusionAnswer.ReadAsync(response, time));
        }
        catch (Exception) when (content.WasTooLate)
        {
            return new CreditOutcome.TooLate();
        }
        catch (Exception exception) when (content.HasStarted)
        {
            return new CreditOutcome.InDoubt(OutgoingAnswer.ReasonOf(exception));
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("Cancelled before the order was written.", cancellationToken);
        }
        catch (Exception exception)
        {
            return new CreditOutcome.Refused(0, OutgoingAnswer.ReasonOf(exception));
        }
    }

    /// <summary>Suspends or unsuspends a server with one request. Only <see cref="FindServerAsync"/> shows whether it was
    /// executed.</summary>
    /// <param name="deadline">After it, nothing is sent.</param>
    /// <returns>The error, null when it was accepted, and whether VirtFusion refused it, so that nothing was done.</returns>
    public async Task<(string? Problem, bool IsRefused)> OrderSuspensionAsync(int serverId, bool isSuspended, SendDeadline deadline,
        CancellationToken cancellationToken)
    {
        using var content = new OrderContent([], deadline);
        using var request = new HttpRequestMessage(HttpMethod.Post,
            $"servers/{serverId}/{(isSuspended ? "suspend" : "unsuspend")}") { Content = content };
        try
        {
            using var client = clients.CreateClient(VirtFusionRegistration.Writes);
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = await VirtFusionAnswer.ReadAsync(response, time);
            return (answer.Status is >= 200 and < 300 ? null : answer.ToString(), answer.IsRefusal);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return (content.WasTooLate ? "the claim ran out before it was sent" : OutgoingAnswer.ReasonOf(exception), false);
        }
    }

    private static CreditOutcome Outcome(VirtFusionAnswer answer) => answer switch
    {
        { Status: 201 } => answer.Json?.Field("data")?.Id("id") is { } id
            ? new CreditOutcome.Accepted(id)
            : new CreditOutcome.InDoubt("status 201 without a readable `data.id`"),
        { Status: 401 } => new CreditOutcome.Unauthorized(),
        { Status: 429 } => new CreditOutcome.RateLimited(answer.RetryAfter),
        { IsRefusal: true } => new CreditOutcome.Refused(answer.Status, answer.Message),
        _ => new CreditOutcome.InDoubt(answer.ToString()),
    };

    private async Task<(int? LastPage, string Problem)> AddPageAsync(ServerListing listing, int page, CancellationToken cancellationToken)
    {
        // Simple items have all needed fields, at a hundredth of the size. VirtFusion's next_page_url omits `results`, so following it
        // would continue with pages of 20 and skip servers.
        var beganAt = time.GetTimestamp();
        var answer = await GetAsync($"servers?type=simple&results={PageSize}&page={page}", cancellationToken);
        var request = new RequestTime(beganAt, time.GetTimestamp());
        if (answer.Status != 200)
            return (null, answer.ToString());

        return answer.Json is { } json ? (listing.Add(json, page, request, out var problem), problem)
            : (null, "the answer is no JSON object");
    }

    private async Task<VirtFusionAnswer> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var client = clients.CreateClient(VirtFusionRegistration.Reads);
            using var response = await client.GetAsync(path, cancellationToken);
            return await VirtFusionAnswer.ReadAsync(response, time);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return VirtFusionAnswer.None(exception);
        }
    }

    private DateOnly CurrentMonth()
    {
        var now = time.GetUtcNow();
        return new(now.Year, now.Month, 1);
    }

    private static string Period(DateOnly month) => string.Create(CultureInfo.InvariantCulture, $"period%5B%5D={month:yyyy-MM}-01&range=m");
}
