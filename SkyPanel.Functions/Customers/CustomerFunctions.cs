using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Npgsql;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>What an operator decides about one customer, over HTTP.</summary>
public sealed class CustomerFunctions(Gate gate, CustomerActs acts, Idempotency idempotency)
{
    private const string Route = "api/admin/customers/{userId:int}";
    private const int HighestLimit = 1_000_000, MostDays = 366;

    /// <summary>Shows what operators decided about a customer, and the servers that are suspended by us.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("GetCustomer")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            return await acts.ShowAsync(id, ct) is { } customer ? ApiJson.Ok(customer) : NoAccount(id);
        });

    /// <summary>Suspends the servers of a customer who is below the credit limit, without waiting for the grace.</summary>
    /// <remarks>With money again they are resumed by themselves. Refused while the policy is a dry run, or anything about the account's
    /// money isn't known.</remarks>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SuspendCustomer")]
    [Operation(Role.Operator, Body = typeof(CustomerReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> SuspendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/suspend")] HttpRequest request, string userId) =>
        ActAsync<CustomerReasonBody>(request, userId, "suspend", body => (body.Reason, ""),
            async (connection, account, _, caller, reason) =>
            await acts.SuspendAsync(connection, account, caller.Name, reason), isAtVirtFusion: true);

    /// <summary>Resumes the servers of a customer that were suspended by us. The grace begins anew.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ResumeCustomer")]
    [Operation(Role.Operator, Body = typeof(CustomerReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/resume")] HttpRequest request, string userId) =>
        ActAsync<CustomerReasonBody>(request, userId, "resume", body => (body.Reason, ""), async (connection, account, _, caller, reason) =>
            await SuspensionOrders.ResumeAsync(connection, account, caller.Name, reason) > 0 ? null
                : "No server of this customer is suspended by us.", isAtVirtFusion: true);

    /// <summary>Keeps the policy from suspending a customer until an instant, or ends that.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ExemptCustomer")]
    [Operation(Role.Operator, Body = typeof(ExemptBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> ExemptAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/exempt")] HttpRequest request, string userId) =>
        ActAsync<ExemptBody>(request, userId, "exempt", body => (body.Reason, body.Until ?? ""),
            async (connection, account, body, _, reason) =>
        {
            DateTimeOffset? until = body.Until is { } text ? Query.ParseInstant(text, "until") : null;
            if (!await CustomerActs.ExemptAsync(connection, account, until, reason, TimeSpan.FromDays(MostDays)))
                throw new BadInputException("until", $"must be in the future, within {MostDays} days");
            return null;
        });

    /// <summary>Stops a customer's notices, or lets them come again.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SilenceCustomer")]
    [Operation(Role.Operator, Body = typeof(SilenceBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> SilenceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/silence")] HttpRequest request, string userId) =>
        ActAsync<SilenceBody>(request, userId, "silence", body => (body.Reason, $"{body.Silenced}"),
            async (connection, account, body, _, reason) =>
        {
            await CustomerActs.SilenceAsync(connection, account, body.Silenced ?? true, reason);
            return null;
        });

    /// <summary>Gives a customer a credit limit of its own, or that of the policy again.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SetCreditLimit")]
    [Operation(Role.Operator, Body = typeof(CreditLimitBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> LimitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/credit-limit")] HttpRequest request, string userId) =>
        ActAsync<CreditLimitBody>(request, userId, "credit-limit", body => (body.Reason, $"{body.CreditLimit}"),
            async (connection, account, body, _, reason) =>
        {
            if (body.CreditLimit is { } limit && (limit < 0 || limit > HighestLimit || limit != Money.Round6(limit)))
                throw new BadInputException("creditLimit",
                    $"must be from 0 to {HighestLimit} currency units, with six decimals at most; null for that of the policy");
            await CustomerActs.LimitAsync(connection, account, body.CreditLimit, reason);
            return null;
        });

    /// <param name="text">The reason, and what else of the body makes a repeat another request.</param>
    /// <param name="actAsync">Returns why it can't be done; null when it was.</param>
    /// <param name="isAtVirtFusion">The wallet is read before, and what was ordered is done before the answer.</param>
    private Task<IResult> ActAsync<TBody>(
        HttpRequest request, string userId, string act, Func<TBody, (string Reason, string Details)> text,
        Func<NpgsqlConnection, long, TBody, Caller, string, Task<string?>> actAsync, bool isAtVirtFusion = false) where TBody : class,
            new() =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var id = RouteValue.Id(userId, "user");
            var body = await ApiJson.ReadAsync<TBody>(request);
            var (reason, details) = text(body);
            if (!isAtVirtFusion)
            {
                var answer = await idempotency.OnceAsync(request, caller, $"{act} customer {id}", $"{reason} {details}",
                    transaction => ChangeAsync(transaction.Connection!));
                await acts.LookAsync(id, CancellationToken.None);
                return answer;
            }
            return await idempotency.OnceAsync(request, caller, $"{act} customer {id}", $"{reason} {details}", async () =>
            {
                await acts.ReadAsync(id, CancellationToken.None);
                var (status, changed) = await acts.InTransactionAsync(ChangeAsync);
                return status >= 400 ? (status, changed) : (status, await acts.FollowAsync(id, CancellationToken.None));
            });

            async Task<(int, object)> ChangeAsync(NpgsqlConnection connection)
            {
                if (await CustomerActs.LockAsync(connection, id) is not { } account)
                    return (404, NoAccount(id));
                var before = await acts.DescribeAsync(connection, id);
                if (await actAsync(connection, account, body, caller, reason) is { } refusal)
                    return (409, Problem.Conflict(refusal));
                var after = await acts.DescribeAsync(connection, id);
                await Audit.WriteAsync(connection, caller, $"{act}-customer", $"user {id}", before, after, reason);
                return (200, after);
            }
        });

    private static IResult NoAccount(int userId) => Problem.NotFound($"User {userId} has no account: nothing of theirs was ever enrolled.");
}

/// <summary>Until when the policy doesn't suspend a customer.</summary>
public sealed class ExemptBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>Within 366 days, such as <c>2026-12-24T12:00:00Z</c>; left out or null: the exemption ends now.</summary>
    public string? Until { get; set; }
}

/// <summary>Whether a customer gets notices.</summary>
public sealed class SilenceBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>False: notices come again; true when it isn't said.</summary>
    public bool? Silenced { get; set; }
}

/// <summary>How far below zero a customer's account may be.</summary>
public sealed class CreditLimitBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>Currency units; left out or null: as the policy says.</summary>
    public decimal? CreditLimit { get; set; }
}

/// <summary>What was decided about a customer.</summary>
/// <param name="Suspensions">Servers that are suspended by us, or are about to be suspended or resumed.</param>
public sealed record CustomerAnswer(Customer Customer, IReadOnlyList<SuspensionAnswer> Suspensions);
