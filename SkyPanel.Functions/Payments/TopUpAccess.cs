using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Opens and shows top-ups: of every account for the panel, of its own account for a customer's link.</summary>
public sealed class TopUpAccess(TopUps topUps, TopUpQueries queries, TopUpSteps steps)
{
    /// <returns>An HTTP status and its answer.</returns>
    public async Task<(int Status, object Answer)> OpenAsync(TopUpCaller caller, int userId, decimal amount, CancellationToken ct)
    {
        if (await topUps.FindObstacleAsync(ct) is { } obstacle)
            return (409, Problem.Conflict(caller.UserId is null ? obstacle : "Nothing can be paid here now."));
        if (caller.UserId is { } own && own != userId)
            return (404, Problem.NotFound($"There is no user {userId}."));
        var id = await topUps.OpenAsync(caller.Caller, userId, amount, ct);
        // Not cancellable: a caller who disconnects finds the top-up in the list.
        await steps.AdvanceAsync(id, CancellationToken.None);
        return (201, await AnswerAsync(caller, id, CancellationToken.None));
    }

    /// <exception cref="NotFoundException">It doesn't exist, or belongs to another account.</exception>
    public async Task<IResult> FindAsync(TopUpCaller caller, long id, CancellationToken ct) =>
        ApiJson.Ok(await AnswerAsync(caller, id, ct));

    /// <exception cref="NotFoundException">It doesn't exist, or belongs to another account.</exception>
    public async Task<IResult> ReturnAsync(TopUpCaller caller, long id, CancellationToken ct)
    {
        await GetAsync(caller, id, ct);
        await steps.AdvanceAsync(id, CancellationToken.None);
        return await FindAsync(caller, id, ct);
    }

    private async Task<TopUpAnswer> AnswerAsync(TopUpCaller caller, long id, CancellationToken ct)
    {
        var topUp = await GetAsync(caller, id, ct);
        return caller.UserId is null ? TopUpAnswer.Of(topUp) : TopUpAnswer.ForCustomer(topUp);
    }

    private async Task<TopUp> GetAsync(TopUpCaller caller, long id, CancellationToken ct) =>
        await queries.FindAsync(id, ct) is { } topUp && (caller.UserId is null || caller.UserId == topUp.UserId) ? topUp
            : throw new NotFoundException($"There is no top-up {id}.");
}

/// <summary>A caller who opens and shows top-ups.</summary>
/// <param name="UserId">The only customer that it may act for; null for the panel, which may act for all.</param>
public sealed record TopUpCaller(Caller Caller, int? UserId);
