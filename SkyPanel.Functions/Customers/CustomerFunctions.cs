using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves an operator's decisions about one customer over HTTP.</summary>
public sealed class CustomerFunctions(Gate gate, CustomerActions actions, Idempotency idempotency)
{
    private const string Route = "api/admin/customers/{userId:int}";
    private const int MaxCreditLimit = 1_000_000, MaxExemptDays = 366;

    /// <summary>Shows the operators' decisions about a customer, and the servers that this app has suspended.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("GetCustomer")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            return ApiJson.Ok(await actions.ShowAsync(id, ct) ?? throw NotFoundException.NoAccount(id));
        });

    /// <summary>Suspends the servers of a customer below the credit limit, without waiting for the grace period.</summary>
    /// <remarks>They resume automatically once there is money again. Refused while the policy is a dry run, or while anything about the
    /// account's money is unknown.</remarks>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SuspendCustomer")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> SuspendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/suspend")] HttpRequest request, string userId) =>
        ActAsync<ReasonBody>(request, userId, "suspend", body => (body.Reason, ""),
            async (connection, account, _, caller, reason) =>
            await actions.SuspendAsync(connection, account, caller.Name, reason), isAtVirtFusion: true);

    /// <summary>Resumes the servers of a customer that this app suspended. The grace period starts again.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ResumeCustomer")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/resume")] HttpRequest request, string userId) =>
        ActAsync<ReasonBody>(request, userId, "resume", body => (body.Reason, ""), async (connection, account, _, caller, reason) =>
            await SuspensionOrders.ResumeAsync(connection, account, caller.Name, reason) > 0 ? null
                : "No server of this customer is suspended by us.", isAtVirtFusion: true);

    /// <summary>Exempts a customer from suspension by the policy until an instant, or ends the exemption.</summary>
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
            if (!await CustomerActions.ExemptAsync(connection, account, until, reason, TimeSpan.FromDays(MaxExemptDays)))
                throw new BadInputException("until", $"must be in the future, within {MaxExemptDays} days");
            return null;
        });

    /// <summary>Stops or restarts a customer's notices.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SilenceCustomer")]
    [Operation(Role.Operator, Body = typeof(SilenceBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> SilenceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/silence")] HttpRequest request, string userId) =>
        ActAsync<SilenceBody>(request, userId, "silence", body => (body.Reason, $"{body.Silenced}"),
            async (connection, account, body, _, reason) =>
        {
            await CustomerActions.SilenceAsync(connection, account, body.Silenced ?? true, reason);
            return null;
        });

    /// <summary>Sets a customer's own credit limit, or restores that of the policy.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("SetCreditLimit")]
    [Operation(Role.Operator, Body = typeof(CreditLimitBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CustomerAnswer))]
    public Task<IResult> LimitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Route}/credit-limit")] HttpRequest request, string userId) =>
        ActAsync<CreditLimitBody>(request, userId, "credit-limit", body => (body.Reason, $"{body.CreditLimit}"),
            async (connection, account, body, _, reason) =>
        {
            if (body.CreditLimit is { } limit && (limit < 0 || limit > MaxCreditLimit || limit != Money.Round6(limit)))
                throw new BadInputException("creditLimit",
                    $"must be from 0 to {MaxCreditLimit} currency units, with six decimals at most; null for that of the policy");
            await CustomerActions.LimitAsync(connection, account, body.CreditLimit, reason);
            return null;
        });

    /// <param name="text">Selects the reason, and the other values that make a repeat a different request.</param>
    /// <param name="actAsync">Returns the reason for a refusal; null on success.</param>
    /// <param name="isAtVirtFusion">True: the wallet is read first, and the orders are carried out before the answer.</param>
    private Task<IResult> ActAsync<TBody>(
        HttpRequest request, string userId, string action, Func<TBody, (string Reason, string Details)> text,
        Func<NpgsqlConnection, long, TBody, Caller, string, Task<string?>> actAsync, bool isAtVirtFusion = false) where TBody : class,
            new() =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var id = RouteValue.Id(userId, "user");
            var body = await ApiJson.ReadAsync<TBody>(request);
            var (reason, details) = text(body);
            if (!isAtVirtFusion)
            {
                var answer = await idempotency.OnceAsync(request, caller, $"{action} customer {id}", $"{reason} {details}",
                    ChangeAsync);
                await actions.UpdateStandingAsync(id, CancellationToken.None);
                return answer;
            }
            return await idempotency.OnceAsync(request, caller, $"{action} customer {id}", $"{reason} {details}", async () =>
            {
                await actions.ReadWalletAsync(id, CancellationToken.None);
                var changed = await actions.InTransactionAsync(ChangeAsync);
                return Problem.Is(changed) ? changed : ApiJson.Ok(await actions.FollowAsync(id, CancellationToken.None));
            });

            async Task<IResult> ChangeAsync(NpgsqlConnection connection)
            {
                var account = await CustomerActions.LockAsync(connection, id) ?? throw NotFoundException.NoAccount(id);
                var before = await actions.DescribeAsync(connection, id);
                if (await actAsync(connection, account, body, caller, reason) is { } refusal)
                    return Problem.Conflict(refusal);
                var after = await actions.DescribeAsync(connection, id);
                await Audit.WriteAsync(connection, caller, $"{action}-customer", $"user {id}", before, after, reason);
                return ApiJson.Ok(after);
            }
        });
}

/// <summary>A customer's exemption from suspension by the policy.</summary>
public sealed class ExemptBody : ReasonBody
{
    /// <summary>Within 366 days, such as <c>2026-12-24T12:00:00Z</c>; when absent or null, the exemption ends now.</summary>
    public string? Until { get; set; }
}

/// <summary>Whether a customer gets notices.</summary>
public sealed class SilenceBody : ReasonBody
{
    /// <summary>Whether notices are stopped; true by default.</summary>
    public bool? Silenced { get; set; }
}

/// <summary>A customer's credit limit.</summary>
public sealed class CreditLimitBody : ReasonBody
{
    /// <summary>Currency units; when absent or null, the policy's limit applies.</summary>
    public decimal? CreditLimit { get; set; }
}

/// <summary>The decisions about a customer.</summary>
/// <param name="Suspensions">Servers that this app has suspended, or is about to suspend or resume.</param>
public sealed record CustomerAnswer(Customer Customer, IReadOnlyList<SuspensionAnswer> Suspensions);
