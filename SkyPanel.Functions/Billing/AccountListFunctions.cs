using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves the list of customers and their timelines over HTTP.</summary>
public sealed class AccountListFunctions(Gate gate, AccountPages pages, AccountRows rows, Timeline timeline)
{
    private const string TimelineRoute = "api/admin/billing/accounts/{userId:int}/timeline";

    /// <summary>Lists customers.</summary>
    [Function("ListAccounts")]
    [Operation(Role.Viewer, Query = typeof(AccountsQuery))]
    [Answer(200, typeof(AccountPage))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/accounts")] HttpRequest request) =>
        gate.EnterAsync<AccountsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var page = await pages.ReadAsync(query, ct);
            return ApiJson.Ok(new AccountPage(await rows.ReadAsync(page.AccountIds, ct), page.NextCursor));
        });

    /// <summary>Lists a customer's timeline, newest first.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ListAccountTimeline")]
    [Operation(Role.Viewer, Query = typeof(TimelineQuery), Refuses = [404])]
    [Answer(200, typeof(TimelinePage))]
    public Task<IResult> TimelineAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = TimelineRoute)] HttpRequest request, string userId) =>
        gate.EnterAsync<TimelineQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var id = RouteValue.Id(userId, "account");
            return ApiJson.Ok(await timeline.ReadAsync(id, query, ct) ?? throw NotFoundException.NoAccount(id));
        });
}

/// <summary>A page of customers.</summary>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record AccountPage(IReadOnlyList<AccountRow> Accounts, string? NextCursor);

/// <summary>Selects the customers.</summary>
public sealed class AccountsQuery
{
    /// <summary>A customer's id, or a part of the name, user name or e-mail address.</summary>
    [Length(0, 100)]
    public string? Search { get; set; }

    /// <summary>The order: by id and by runway ascending, unknown and endless ones last; otherwise descending.</summary>
    [AllowedValues("id", "owed", "charges", "runway")]
    public string Sort { get; set; } = "id";

    /// <summary>Their state.</summary>
    [AllowedValues("ok", "held", "in_doubt", "overdue", "due", "suspended")]
    public string? State { get; set; }

    /// <summary>Customers on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 50;

    /// <summary>The <c>nextCursor</c> of the page before, with the same sort.</summary>
    [RegularExpression("^-?[0-9]{1,12}(\\.[0-9]{1,6})?_[0-9]{1,10}$", ErrorMessage = "must be the nextCursor of the page before")]
    public string? Cursor { get; set; }
}

/// <summary>A page of a customer's timeline, newest first.</summary>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record TimelinePage(int UserId, IReadOnlyList<TimelineEntry> Entries, string? NextCursor);

/// <summary>Selects the entries.</summary>
public sealed class TimelineQuery
{
    /// <summary>Entries on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 50;

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    [RegularExpression("^-?[0-9]{1,12}(\\.[0-9]{1,6})?_[0-9]{1,18}$", ErrorMessage = "must be the nextCursor of the page before")]
    public string? Cursor { get; set; }
}
