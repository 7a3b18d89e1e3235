using System.Globalization;
using System.Text.Json;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>The panel's view of VirtFusion's REST API: servers, wallets, native usage. Reads are retried; writes are not.</summary>
/// <remarks>What VirtFusion doesn't say, this client doesn't assume: no reading is never 0, and no answer is never "gone".</remarks>
public sealed class VirtFusionClient(IHttpClientFactory clients, TimeProvider time)
{
    private const int LongestReference = 1000;
    private const int PageSize = 200; // The largest allowed; the default is 20.
    private const int MostPages = 10_000;
    private const int MostPagesGained = 10;
    private const int MostFailedPages = 3;

    /// <summary>Reads every page of the list of servers.</summary>
    /// <exception cref="VirtFusionException">The first page can't be read: nothing is known.</exception>
    public async Task<ServerList> ListServersAsync(CancellationToken cancellationToken)
    {
        var listing = new ServerListing();
        var first = await AddPageAsync(listing, 1, cancellationToken);
        var lastPage = first.LastPage ?? throw new VirtFusionException($"VirtFusion's servers can't be listed: {first.Problem}");

        var mostPages = Math.Min(lastPage, MostPages - MostPagesGained) + MostPagesGained;
        for (int page = 2, failed = 0; page <= lastPage; page++)
        {
            if (page > mostPages || failed == MostFailedPages)
            {
                listing.Miss(failed == MostFailedPages
                    ? $"{failed} pages could not be read: pages {page} to {lastPage} were not tried"
                    : $"the list grew to {lastPage} pages while it was read: no more than {mostPages} were");
                break;
            }

            var result = await AddPageAsync(listing, page, cancellationToken);
            lastPage = result.LastPage ?? lastPage;
            if (result.LastPage is null)
            {
                listing.Miss($"page {page}: {result.Problem}");
                failed++;
            }
        }

        return listing.Close();
    }

    /// <summary>Asks for as little as can be asked: whether it is there and takes the token.</summary>
    /// <returns>Null when it does; else the HTTP status, 0 without an answer, and what went wrong.</returns>
    public async Task<(int Status, string Message)?> ProbeAsync(CancellationToken cancellationToken)
    {
        var answer = await GetAsync("servers?type=simple&results=1&page=1", cancellationToken);
        return answer is { Status: 200, Json: not null } ? null : (answer.Status, answer.Status == 200 ? "the answer is no JSON object"
            : answer.ToString());
    }

    /// <summary>Asks for one server. Never throws for what VirtFusion or the network does.</summary>
    public async Task<LookUp> FindServerAsync(int serverId, CancellationToken cancellationToken)
    {
        var answer = await GetAsync($"servers/{serverId}", cancellationToken);
        if (answer.IsNotFound)
            return new LookUp.Gone();

        if (answer.Status != 200)
            return new LookUp.Unknown(answer.ToString());

        if (answer.Json?.Field("data") is not { } data)
            return new LookUp.Unknown("the answer has no `data`");

        var server = VirtFusionServer.Read(data, out var id, out var problem);
        return id is not null && id != serverId ? new LookUp.Unknown($"VirtFusion answered with server {id}")
            : server is null ? new LookUp.Unknown(problem)
            : new LookUp.Found(server);
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
                : new BalanceReading.Unknown("the answer has no readable `credit.tokens`"),
            { Status: 401 } => new BalanceReading.Unauthorized(),
            { Status: 429 } => new BalanceReading.RateLimited(answer.RetryAfter),
            { Status: 404, IsNotFound: false } => new BalanceReading.Unknown(answer.ToString()),
            { IsRefusal: true } => new BalanceReading.Refused(answer.Status, answer.Message),
            _ => new BalanceReading.Unknown(answer.ToString()),
        };
    }

    /// <summary>Reads what VirtFusion's own hourly billing counted for a user this month, to see whether it bills too.</summary>
    /// <param name="extRelationId">The panel's <c>users.id</c>.</param>
    public async Task<UsageReading> ReadNativeUsageAsync(int extRelationId, CancellationToken cancellationToken)
    {
        var month = CurrentMonth();
        var answer = await GetAsync($"selfService/usage/byUserExtRelationId/{extRelationId}?{Period(month)}", cancellationToken);
        if (answer.Status != 200)
            return answer.IsRefusal && (answer.Status != 404 || answer.IsNotFound) ? new UsageReading.Unreadable(answer.ToString())
                : new UsageReading.Unknown(answer.ToString());

        var data = answer.Json?.Field("data");
        return Used(data, "usageServers") is { } servers
            ? new UsageReading.Figures(month, servers, Used(data, "usageServersBillable"), Used(data, "usageAddons"),
                Used(data, "usageAddonsBillable"))
            : new UsageReading.Unreadable("the answer has no readable `usageServers`");
    }

    // Two counts of the same hours, one of them rounded.
    private static decimal? Used(JsonElement? data, string name) =>
        data?.Field(name) is { } usage && (usage.Count("token"), usage.Count("tokenReal")) is ({ } rounded, { } real)
            ? Math.Max(rounded, real) : null;

    /// <summary>Orders VirtFusion to move a wallet, once. Never retried, never throws for what VirtFusion or the network does.</summary>
    /// <param name="extRelationId">The panel's <c>users.id</c>.</param>
    /// <param name="tokens">Whole tokens; negative takes them. Never 0.</param>
    /// <param name="reference1">Kept by VirtFusion with the movement.</param>
    /// <param name="reference2">Likewise; 1,000 characters at most.</param>
    /// <param name="deadline">After it, nothing is sent.</param>
    /// <param name="cancellationToken">Heeded while the order is in line. Once it is being written, its answer is waited for (30 s
    /// at most): giving up then would only turn a certain outcome into a doubt.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the order was written; the wallet did not move.</exception>
    public async Task<CreditOutcome> AddCreditAsync(
        int extRelationId, int tokens, long reference1, string reference2, SendDeadline deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reference2.Length, LongestReference, nameof(reference2));

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
            return new CreditOutcome.InDoubt(VirtFusionAnswer.ReasonOf(exception));
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("Cancelled before the order was written.", cancellationToken);
        }
        catch (Exception exception)
        {
            return new CreditOutcome.Refused(0, VirtFusionAnswer.ReasonOf(exception));
        }
    }

    /// <summary>Orders VirtFusion to suspend a server, or to end that, once. Whatever it answers, only <see cref="FindServerAsync"/> shows
    /// what it did.</summary>
    /// <param name="deadline">After it, nothing is sent.</param>
    /// <returns>What went wrong; null when it was accepted.</returns>
    public async Task<string?> OrderSuspensionAsync(int serverId, bool isSuspended, SendDeadline deadline,
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
            return answer.Status is >= 200 and < 300 ? null : answer.ToString();
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return content.WasTooLate ? "the claim ran out before it was sent" : VirtFusionAnswer.ReasonOf(exception);
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
        // Simple items have all that is needed, at a hundredth of the size. VirtFusion's own next_page_url leaves `results`
        // out, so following it would go on with pages of 20 and skip servers.
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
