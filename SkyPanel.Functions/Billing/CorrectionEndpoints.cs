using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Mends what was charged wrongly, gives back what was taken too much, and explains any hour.</summary>
public sealed class CorrectionEndpoints(
    Corrections corrections, Refunds refunds, Explain explain, Integrity integrity, Idempotency idempotency, IOptions<BillingOptions> options) : IDisposable
{
    public const string CorrectRoute = "api/admin/billing/servers/{serverId:int}/corrections";
    public const string ExplainRoute = "api/admin/billing/servers/{serverId:int}/charges/{hour}";
    public const string RefundRoute = "api/admin/billing/accounts/{userId:int}/refund";
    public const string IntegrityRoute = "api/admin/billing/integrity";

    // It reads every charge.
    private readonly Turn _turn = new();

    public async Task<IResult> IntegrityAsync(CancellationToken ct) => AdminJson.Ok(await _turn.TakeAsync(() => integrity.CheckAsync(ct), ct));

    public void Dispose() => _turn.Dispose();

    public async Task<IResult> ExplainAsync(int serverId, string hour, CancellationToken ct) =>
        await explain.HourAsync(serverId, Hour(hour, "hour"), ct) is { } explanation
            ? AdminJson.Ok(explanation) : Problem.NotFound($"Nothing is known of server {serverId} in that hour.");

    public async Task<IResult> ListAsync(int serverId, CancellationToken ct) => AdminJson.Ok(new ServerAdjustments(serverId, await corrections.OfServerAsync(serverId, ct)));

    public async Task<IResult> CorrectAsync(HttpRequest request, Caller caller, int serverId)
    {
        var body = await AdminJson.ReadAsync<CorrectionBody>(request);
        var correction = new Correction(serverId, Hour(body.FromHour, "fromHour"), Hour(body.UntilHour, "untilHour"), body.SecondsPerHour, body.Price, body.Reason, caller.Name);
        if (correction.FromHour >= correction.UntilHour || correction.UntilHour - correction.FromHour > TimeSpan.FromDays(366))
            throw new BadInputException("untilHour", "must be after fromHour, by 366 days at most");
        if (correction is { Seconds: null, Price: null })
            throw new BadInputException("secondsPerHour", "or price must be given: 0 seconds credit the hours, a price rates them anew");
        if (correction.Price is < 0 or > 1_000_000 || correction.Price is { } price && price != Ledger.Money.Round6(price))
            throw new BadInputException("price", "must be 0 to 1000000 with six decimals at most");
        var asked = FormattableString.Invariant($"{correction} {body.DryRun}");
        return body.DryRun == true
            ? await idempotency.OnceAsync(request, caller, asked, async () => Answer(correction, await corrections.PreviewAsync(correction, options.Value.MonthlyCap, CancellationToken.None), isDryRun: true))
            : await idempotency.OnceAsync(request, caller, asked, transaction => DoAsync(transaction.Connection!, caller, correction));
    }

    public async Task<IResult> RefundAsync(HttpRequest request, Caller caller, int userId)
    {
        var reason = (await AdminJson.ReadAsync<RefundBody>(request)).Reason;
        return await idempotency.OnceAsync(request, caller, reason, async transaction =>
        {
            var connection = transaction.Connection!;
            if (await refunds.OpenAsync(connection, userId, caller.Name, reason, CancellationToken.None) is not { } id)
                return (409, Problem.Conflict($"Nothing to refund: not a whole token is owed back to user {userId}, or a debit of theirs is open."));
            var refund = await DebitQueries.FindAsync(connection, id, CancellationToken.None);
            await Audit.WriteAsync(connection, caller, "refund", $"user {userId}", null, refund, reason);
            return (200, new RefundAnswer(true, refund));
        });
    }

    private async Task<(int, object)> DoAsync(NpgsqlConnection connection, Caller caller, Correction correction)
    {
        var adjustments = await corrections.CorrectAsync(connection, correction, options.Value.MonthlyCap, CancellationToken.None);
        await Audit.WriteAsync(connection, caller, "correct", $"server {correction.ServerId}", null, new { correction, adjustments }, correction.Reason);
        return Answer(correction, adjustments, isDryRun: false);
    }

    private static (int, object) Answer(Correction correction, List<Adjustment> adjustments, bool isDryRun) => adjustments.Count == 0
        ? (404, Problem.NotFound($"No hour of server {correction.ServerId} in that span was charged."))
        : (200, new CorrectionAnswer(true, isDryRun, adjustments));

    private static DateTimeOffset Hour(string text, string field) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var hour) && hour.Ticks % TimeSpan.TicksPerHour == 0
            ? hour : throw new BadInputException(field, "must be a full hour such as 2026-03-01T12:00:00Z");
}

/// <summary>Hours that cost something else than was charged. <c>secondsPerHour</c>, <c>price</c> or both must be there.</summary>
public sealed class CorrectionBody
{
    /// <summary>A full hour such as <c>2026-03-01T12:00:00Z</c>.</summary>
    [Required]
    public string FromHour { get; set; } = "";

    /// <summary>A full hour, exclusive; 366 days later at most.</summary>
    [Required]
    public string UntilHour { get; set; } = "";

    /// <summary>What ran of each hour; 0 credits them.</summary>
    [Range(0, 3600)]
    public int? SecondsPerHour { get; set; }

    /// <summary>Currency units for the basis of hours, 0 to 1000000 with six decimals at most.</summary>
    public decimal? Price { get; set; }

    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>Tells what would be adjusted, and writes nothing.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>Gives back what is owed to a customer.</summary>
public sealed class RefundBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";
}

/// <summary>What was adjusted of a server.</summary>
public sealed record ServerAdjustments(int ServerId, IReadOnlyList<Adjustment> Adjustments);

/// <summary>What was adjusted, or would be.</summary>
public sealed record CorrectionAnswer(bool Success, bool DryRun, IReadOnlyList<Adjustment> Adjustments);

/// <summary>Tokens on their way back.</summary>
public sealed record RefundAnswer(bool Success, Debit? Refund);
