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
    [Answer(200, typeof(PolicyAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(PolicyAnswer.Of(await Policy.ReadAsync(database, ct))));

    /// <summary>Changes the policy for warning and suspending customers.</summary>
    /// <remarks>Absent values stay unchanged. Nothing is stored unless everything is valid. Takes effect at the next heartbeat.</remarks>
    [Function("PutCustomerPolicy")]
    [Operation(Role.Admin, Body = typeof(PolicyBody))]
    [Answer(200, typeof(PolicyAnswer))]
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
            await Audit.WriteAsync(connection, caller, "change-policy", "customers", PolicyAnswer.Of(before), PolicyAnswer.Of(after), null);
            await transaction.CommitAsync(CancellationToken.None);
            return ApiJson.Ok(PolicyAnswer.Of(after));
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
        notices.Enabled ?? before.NoticesEnabled, notices.ThresholdHours?.OrderDescending().ToArray() ?? before.ThresholdHours,
        suspension.Enabled ?? before.SuspensionEnabled, suspension.DryRun ?? before.IsDryRun, suspension.GraceHours ?? before.GraceHours,
        suspension.CreditLimit ?? before.CreditLimit, suspension.MaxPerRun ?? before.MaxPerRun, suspension.MaxPercentPerRun
            ?? before.MaxPercentPerRun);
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

/// <summary>The policy for warning and suspending customers.</summary>
public sealed record PolicyAnswer(NoticePolicy Notices, SuspensionPolicy Suspension)
{
    public static PolicyAnswer Of(Policy policy) => new(new(policy.NoticesEnabled, policy.ThresholdHours),
        new(policy.SuspensionEnabled, policy.IsDryRun,
        policy.GraceHours, policy.CreditLimit, policy.MaxPerRun, policy.MaxPercentPerRun));
}

/// <summary>The policy for notices.</summary>
/// <param name="ThresholdHours">Hours of runway, from the longest to the shortest.</param>
public sealed record NoticePolicy(bool Enabled, IReadOnlyList<int> ThresholdHours);

/// <summary>The policy for suspensions.</summary>
/// <param name="DryRun">True: due accounts are listed, and none is suspended.</param>
/// <param name="GraceHours">Hours from the first reading of a wallet that shows less than zero available.</param>
/// <param name="CreditLimit">Currency units that an account without its own limit may be below zero.</param>
/// <param name="MaxPerRun">Accounts that one run may suspend without a person's approval.</param>
/// <param name="MaxPercentPerRun">The same as a percentage of all accounts; the larger bound applies.</param>
public sealed record SuspensionPolicy(bool Enabled, bool DryRun, int GraceHours, decimal CreditLimit, int MaxPerRun, int MaxPercentPerRun);
