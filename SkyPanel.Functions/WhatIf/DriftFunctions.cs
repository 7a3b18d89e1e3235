using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Serves unexplained changes of wallets over HTTP.</summary>
public sealed class DriftFunctions(Gate gate, Drifts drifts)
{
    /// <summary>Lists unexplained changes of wallets between two readings.</summary>
    /// <remarks>A wallet is read before each debit and, while customers' wallets are watched, between debits; of those readings only the
    /// latest is stored. Debits, refunds, grants and claw-backs explain their own changes. The accounts with the largest changes and the
    /// latest changes are listed, up to <c>limit</c>.</remarks>
    [Function("GetDrift")]
    [Operation(Role.Viewer, Query = typeof(DriftQuery), Refuses = [404])]
    [Answer(200, typeof(Drift))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> DriftAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/drift")] HttpRequest request) =>
        gate.EnterAsync<DriftQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            if (query.From >= query.To)
                throw new BadInputException("to", "must be after from");
            var isCsv = Csv.IsWanted(request, query.Format);
            if (await drifts.FindAsync(query.From, query.To, query.UserId, isCsv ? Csv.MaxRows : query.Limit, ct) is not { } drift)
                throw NotFoundException.NoAccount(query.UserId!.Value);
            return !isCsv ? ApiJson.Ok(drift)
                : query.List == "accounts" ? Csv.Answer("drift-accounts.csv", drift.Accounts)
                    : Csv.Answer("drift-movements.csv", drift.Movements);
        });
}

/// <summary>Selects the readings and the format of the answer.</summary>
public sealed class DriftQuery : RowsQuery
{
    /// <summary>Read at that time or later; 30 days before <c>to</c> by default.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Read before that time; now by default.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The rows of a CSV.</summary>
    [AllowedValues("accounts", "movements")]
    public string List { get; set; } = "movements";
}

/// <summary>Unexplained changes of wallets.</summary>
/// <param name="From">The beginning of the time range.</param>
/// <param name="To">Its end.</param>
/// <param name="AccountsRead">The number of accounts whose wallets were read in that time.</param>
/// <param name="Accounts">Accounts with unexplained changes, those with the largest first.</param>
/// <param name="Movements">The latest first.</param>
public sealed record Drift(
    DateTime From, DateTime To, int AccountsRead, IReadOnlyList<DriftAccount> Accounts, IReadOnlyList<DriftMovement> Movements);

/// <summary>An account with unexplained changes of its wallet.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="Readings">The number of readings of its wallet.</param>
/// <param name="UnexplainedTokens">The sum of the unexplained changes; positive when the wallet gained.</param>
/// <param name="RaisedTokens">Unexplained increases, as by a top-up in the panel or by support.</param>
/// <param name="LoweredTokens">Unexplained decreases, as by another engine.</param>
/// <param name="NotedTokens">Changes around a debit that a person has decided about, with a reason.</param>
/// <param name="FromAt">The time of the first reading.</param>
/// <param name="ToAt">The time of the last reading.</param>
public sealed record DriftAccount(
    int UserId, string? Name, int Readings, decimal UnexplainedTokens, decimal RaisedTokens, decimal LoweredTokens, decimal NotedTokens,
    DateTime FromAt, DateTime ToAt);

/// <summary>An unexplained change of a wallet between two readings.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="FromAt">The time of the earlier reading.</param>
/// <param name="ToAt">The time of the later reading.</param>
/// <param name="TokensBefore">The balance at the earlier reading.</param>
/// <param name="ExplainedTokens">The change by this app between them.</param>
/// <param name="TokensAfter">The balance at the later reading.</param>
/// <param name="UnexplainedTokens">The remaining change; positive when the wallet gained.</param>
/// <param name="Note">The person's decision about the debit between them, and its reason; null without one.</param>
public sealed record DriftMovement(
    int UserId, string? Name, DateTime FromAt, DateTime ToAt, decimal TokensBefore, decimal ExplainedTokens, decimal TokensAfter,
    decimal UnexplainedTokens, string? Note);
