using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Opens and shows top-ups: for the panel of every account, for a customer's link of its own.</summary>
public sealed class TopUpDesk(TopUps topUps, TopUpQueries queries, TopUpSteps steps)
{
    /// <returns>An HTTP status and its answer.</returns>
    public async Task<(int Status, object Answer)> OpenAsync(TopUpCaller caller, int userId, decimal amount, CancellationToken ct)
    {
        if (await topUps.FindObstacleAsync(ct) is { } obstacle)
            return (409, Problem.Conflict(obstacle));
        if (caller.UserId is { } own && own != userId)
            return (404, Problem.NotFound($"There is no user {userId}."));
        var id = await topUps.OpenAsync(caller.Caller, userId, amount, ct);
        // Whoever hangs up now finds the top-up in the list, and its order is made by the next step.
        await steps.AdvanceAsync(id, CancellationToken.None);
        return (201, TopUpAnswer.Of(await GetAsync(caller, id, CancellationToken.None)));
    }

    /// <exception cref="NotFoundException">There is none, or it is another account's.</exception>
    public async Task<IResult> FindAsync(TopUpCaller caller, long id, CancellationToken ct) =>
        ApiJson.Ok(TopUpAnswer.Of(await GetAsync(caller, id, ct)));

    /// <exception cref="NotFoundException">There is none, or it is another account's.</exception>
    public async Task<IResult> ReturnAsync(TopUpCaller caller, long id, CancellationToken ct)
    {
        await GetAsync(caller, id, ct);
        await steps.AdvanceAsync(id, CancellationToken.None);
        return await FindAsync(caller, id, ct);
    }

    private async Task<TopUp> GetAsync(TopUpCaller caller, long id, CancellationToken ct) =>
        await queries.FindAsync(id, ct) is { } topUp && (caller.UserId is null || caller.UserId == topUp.UserId) ? topUp
            : throw new NotFoundException($"There is no top-up {id}.");
}

/// <summary>Who opens and follows top-ups.</summary>
/// <param name="UserId">The only customer that it may act for; null for the panel, which acts for all.</param>
public sealed record TopUpCaller(Caller Caller, int? UserId);
