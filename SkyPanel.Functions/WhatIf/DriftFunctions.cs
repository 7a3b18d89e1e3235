using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What moved wallets besides this app, over HTTP.</summary>
public sealed class DriftFunctions(Gate gate, Drifts drifts)
{
    /// <summary>Lists what moved a wallet between two readings that nothing known here explains.</summary>
    /// <remarks>A wallet is read before each debit and, while customers' wallets are watched, between debits; of those readings only the
    /// latest is kept. Debits, refunds, grants and claw-backs explain what they moved. The accounts that moved most and the latest
    /// movements are listed, as many as <c>limit</c> says.</remarks>
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
            if (await drifts.FindAsync(query.From, query.To, query.UserId, isCsv ? Csv.MostRows : query.Limit, ct) is not { } drift)
                return Problem.NotFound($"User {query.UserId} has no account.");
            return !isCsv ? ApiJson.Ok(drift)
                : query.List == "accounts" ? Csv.Answer("drift-accounts.csv", drift.Accounts)
                    : Csv.Answer("drift-movements.csv", drift.Movements);
        });
}

/// <summary>Which readings are compared, and how the answer is written.</summary>
public sealed class DriftQuery : RowsQuery
{
    /// <summary>Read then or later; 30 days before <c>to</c> when it isn't said.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Read before; now when it isn't said.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>What a CSV has lines of.</summary>
    [AllowedValues("accounts", "movements")]
    public string List { get; set; } = "movements";
}

/// <summary>What moved wallets and is not explained.</summary>
/// <param name="From">The beginning of the time that was looked at.</param>
/// <param name="To">Its end.</param>
/// <param name="AccountsRead">Accounts whose wallets were read in that time.</param>
/// <param name="Accounts">Those that moved most first; accounts of which everything is explained are left out.</param>
/// <param name="Movements">The latest first.</param>
public sealed record Drift(
    DateTime From, DateTime To, int AccountsRead, IReadOnlyList<DriftAccount> Accounts, IReadOnlyList<DriftMovement> Movements);

/// <summary>An account whose wallet moved.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="Readings">Of its wallet.</param>
/// <param name="UnexplainedTokens">The sum of what is not explained; positive when the wallet gained.</param>
/// <param name="RaisedTokens">Movements upwards that are not explained, as by a top-up in the panel or by support.</param>
/// <param name="LoweredTokens">Movements downwards that are not explained, as by another engine.</param>
/// <param name="NotedTokens">Movements around a debit about which a person has decided, with a reason.</param>
/// <param name="FromAt">The first reading.</param>
/// <param name="ToAt">The last one.</param>
public sealed record DriftAccount(
    int UserId, string? Name, int Readings, decimal UnexplainedTokens, decimal RaisedTokens, decimal LoweredTokens, decimal NotedTokens,
    DateTime FromAt, DateTime ToAt);

/// <summary>A movement of a wallet between two readings that is not explained.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="FromAt">The earlier reading.</param>
/// <param name="ToAt">The later one.</param>
/// <param name="TokensBefore">What the wallet held at the earlier reading.</param>
/// <param name="ExplainedTokens">What was taken or given by this app between them.</param>
/// <param name="TokensAfter">What the wallet held at the later reading.</param>
/// <param name="UnexplainedTokens">The rest; positive when the wallet gained.</param>
/// <param name="Note">Who decided about the debit between them, and why; null when nobody did.</param>
public sealed record DriftMovement(
    int UserId, string? Name, DateTime FromAt, DateTime ToAt, decimal TokensBefore, decimal ExplainedTokens, decimal TokensAfter,
    decimal UnexplainedTokens, string? Note);
