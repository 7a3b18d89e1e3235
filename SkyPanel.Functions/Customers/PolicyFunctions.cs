using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves the policy for warning and suspending customers over HTTP.</summary>
public sealed class PolicyFunctions(Gate gate, NpgsqlDataSource database)
{
    private const string Route = "api/admin/customers/policy";
    private const int MaxThresholds = 10, MaxThresholdHours = 720, MaxCreditLimit = 1_000_000;

    /// <summary>Shows the policy for warning and suspending customers.</summary>
    [Function("GetCustomerPolicy")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(Policy))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(await Policy.ReadAsync(database, ct)));

    /// <summary>Changes the policy for warning and suspending customers.</summary>
    /// <remarks>Absent values stay unchanged. Nothing is stored unless everything is valid. Takes effect at the next heartbeat.</remarks>
    [Function("PutCustomerPolicy")]
    [Operation(Role.Admin, Body = typeof(PolicyBody))]
    [Answer(200, typeof(Policy))]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var body = await ApiJson.ReadAsync<PolicyBody>(request);
            Check(body);
            // Ignores a hang-up of the caller, which must not leave the change half done.
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            await using var transaction = await connection.BeginAsync(CancellationToken.None);
            var before = await Policy.LockAsync(connection, CancellationToken.None);
            var after = Merge(before, body.Notices ?? new(), body.Suspension ?? new());
            await after.WriteAsync(connection, CancellationToken.None);
            await Audit.WriteAsync(connection, caller, "change-policy", "customers", before, after, null);
            await transaction.CommitAsync(CancellationToken.None);
            return ApiJson.Ok(after);
        });

    private static void Check(PolicyBody body)
    {
        if (body.Notices?.ThresholdHours is { } hours
            && (hours.Length is 0 or > MaxThresholds || hours.Any(hour => hour is < 1 or > MaxThresholdHours)
                || hours.Distinct().Count() < hours.Length))
            throw new BadInputException("notices.thresholdHours",
                $"must have 1 to {MaxThresholds} different integers from 1 to {MaxThresholdHours}");
        if (body.Suspension?.CreditLimit is { } limit && (limit > MaxCreditLimit || limit < 0 || limit != Money.Round6(limit)))
            throw new BadInputException("suspension.creditLimit",
                $"must be from 0 to {MaxCreditLimit} currency units, with six decimals at most");
    }

    private static Policy Merge(Policy before, NoticePolicyBody notices, SuspensionPolicyBody suspension) => new(
        new(notices.Enabled ?? before.Notices.Enabled,
            notices.ThresholdHours?.OrderDescending().ToArray() ?? before.Notices.ThresholdHours),
        new(suspension.Enabled ?? before.Suspension.Enabled, suspension.DryRun ?? before.Suspension.DryRun,
            suspension.GraceHours ?? before.Suspension.GraceHours, suspension.CreditLimit ?? before.Suspension.CreditLimit,
            suspension.MaxPerRun ?? before.Suspension.MaxPerRun,
            suspension.MaxPercentPerRun ?? before.Suspension.MaxPercentPerRun));
}

/// <summary>A change of the policy for warning and suspending customers; absent values stay unchanged.</summary>
public sealed class PolicyBody
{
    /// <summary>Messages to customers.</summary>
    public NoticePolicyBody? Notices { get; set; }

    /// <summary>Suspension of servers whose customer has no money left.</summary>
    public SuspensionPolicyBody? Suspension { get; set; }
}

/// <summary>A change of the policy for notices.</summary>
public sealed class NoticePolicyBody
{
    /// <summary>Whether customers get notices.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Hours of runway at which a customer is warned, once each; 1 to 10 different integers from 1 to 720.</summary>
    public int[]? ThresholdHours { get; set; }
}

/// <summary>A change of the policy for suspensions.</summary>
public sealed class SuspensionPolicyBody
{
    /// <summary>Whether servers are suspended.</summary>
    public bool? Enabled { get; set; }

    /// <summary>True: due accounts are listed, and none is suspended.</summary>
    public bool? DryRun { get; set; }

    /// <summary>Hours from the first reading of a wallet that shows less than zero available.</summary>
    [Range(0, 2160)]
    public int? GraceHours { get; set; }

    /// <summary>Currency units that an account without its own limit may be below zero; 0 to 1000000, with six decimals at
    /// most.</summary>
    public decimal? CreditLimit { get; set; }

    /// <summary>Accounts that one run may suspend without a person's approval.</summary>
    [Range(0, 1000000)]
    public int? MaxPerRun { get; set; }

    /// <summary>The same as a percentage of all accounts; the larger bound applies.</summary>
    [Range(0, 100)]
    public int? MaxPercentPerRun { get; set; }
}
