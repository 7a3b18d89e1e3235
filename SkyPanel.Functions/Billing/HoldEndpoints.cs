using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>What waits for a person, and what the person decides: always with a reason.</summary>
public sealed class HoldEndpoints(Holds holds, HeldDebits heldDebits, DebitQueries debits, Idempotency idempotency)
{
    public const string ListRoute = "api/admin/billing/holds";
    public const string ActRoute = "api/admin/billing/holds/{id:long}/{act}";

    public async Task<IResult> ListAsync(HttpRequest request, CancellationToken ct)
    {
        var state = Query.Read<HoldsQuery>(request).State;
        return AdminJson.Ok(new HoldsAnswer(await holds.ListAsync(null, state == "all" ? null : state, ct), await debits.HeldAsync(ct)));
    }

    public async Task<IResult> ActAsync(HttpRequest request, Caller caller, long id, string act)
    {
        if (act is not ("approve" or "reject" or "settle" or "resend" or "void"))
            return Problem.NotFound("approve and reject are for held hours; settle, resend and void for held debits.");
        var reason = (await AdminJson.ReadAsync<DecisionBody>(request)).Reason;
        return await idempotency.OnceAsync(request, caller, reason, transaction => act is "approve" or "reject"
            ? DecideHoursAsync(transaction.Connection!, caller, id, act, reason) : DecideDebitAsync(transaction, caller, id, act, reason));
    }

    private static async Task<(int, object)> DecideHoursAsync(NpgsqlConnection connection, Caller caller, long id, string act, string reason)
    {
        if (await Holds.DecideAsync(connection, id, act == "approve", caller.Name, reason, CancellationToken.None) is not var (isDecided, hold))
            return (404, Problem.NotFound($"There is no hold {id}."));
        if (!isDecided)
            return (409, Problem.Conflict($"Hold {id} is {hold.State}."));
        await Audit.WriteAsync(connection, caller, act, $"hold {id}", new { state = "open" }, hold, reason);
        return (200, new HoldDecision(true, hold));
    }

    private async Task<(int, object)> DecideDebitAsync(NpgsqlTransaction transaction, Caller caller, long id, string act, string reason)
    {
        if (await heldDebits.DecideAsync(transaction, id, act, caller.Name, reason, CancellationToken.None) is not var (isDecided, state))
            return (404, Problem.NotFound($"There is no debit {id}."));
        if (!isDecided)
            return (409, Problem.Conflict($"Debit {id} is {state}: only a held one can be decided."));
        await Audit.WriteAsync(transaction.Connection!, caller, act, $"debit {id}", new { state = "held" }, new { state }, reason);
        return (200, new DebitDecision(true, await DebitQueries.FindAsync(transaction.Connection!, id, CancellationToken.None)));
    }
}

/// <summary>What a person says to a decision.</summary>
public sealed class DecisionBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";
}

/// <summary>What waits for a person.</summary>
/// <param name="Debits">Held ones, and those that are being judged.</param>
public sealed record HoldsAnswer(IReadOnlyList<Hold> Holds, IReadOnlyList<Debit> Debits);

/// <summary>Held hours after the decision.</summary>
public sealed record HoldDecision(bool Success, Hold Hold);

/// <summary>A held debit after the decision.</summary>
public sealed record DebitDecision(bool Success, Debit? Debit);

/// <summary>Which holds are listed.</summary>
public sealed class HoldsQuery
{
    /// <summary>Their state.</summary>
    [AllowedValues("open", "approved", "rejected", "charged", "all")]
    public string State { get; set; } = "open";
}
