using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves corrections of charges over HTTP.</summary>
public sealed class CorrectionFunctions(Gate gate, Corrections corrections, BoundedCorrections bounded, ChargeQueries charges,
    Idempotency idempotency, IOptions<MeteringOptions> metering)
{
    private const string Route = "api/admin/billing/servers/{serverId:int}/corrections";

    /// <summary>Lists the adjustments of a server.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("ListCorrections")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(ServerAdjustments))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request,
        string serverId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(serverId, "server");
            await charges.RequireServerAsync(id, ct);
            return ApiJson.Ok(new ServerAdjustments(id, await corrections.OfServerAsync(id, ct)));
        });

    /// <summary>Corrects charged hours of a server.</summary>
    /// <remarks>Charges are never edited: the difference is a credit note or a supplement, one per account and month. A supplement beyond
    /// the bounds of a run is held: 202 with the id of the hold, which an admin approves or rejects.</remarks>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("CorrectCharges")]
    [Operation(Role.Operator, Body = typeof(CorrectionBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CorrectionAnswer))]
    [Answer(202, typeof(CorrectionAnswer))]
    public Task<IResult> CorrectAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request,
        string serverId) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var id = RouteValue.Id(serverId, "server");
            var body = await ApiJson.ReadAsync<CorrectionBody>(request);
            var correction = Read(body, id, caller);
            var text = FormattableString.Invariant($"{correction} {body.DryRun}");
            return body.DryRun
                ? await idempotency.OnceAsync(request, caller, $"correct server {id}", text, async () =>
                    Answer(correction, await bounded.PreviewAsync(correction, CancellationToken.None), isDryRun: true))
                : await idempotency.OnceAsync(request, caller, $"correct server {id}", text,
                    connection => CorrectAsync(connection, caller, correction));
        });

    private Correction Read(CorrectionBody body, int serverId, Caller caller)
    {
        var (from, until) = (Query.ParseFullHour(body.FromHour, "fromHour"), Query.ParseFullHour(body.UntilHour, "untilHour"));
        if (from >= until || until - from > TimeSpan.FromDays(366))
            throw new BadInputException("untilHour", "must be after fromHour, by 366 days at most");
        if (body is { SecondsPerHour: null, Price: null } and not { Restore: true })
            throw new BadInputException("secondsPerHour",
                "or price or restore must be given: 0 seconds credit the hours, a price charges them at that price");
        if (body is { Restore: true } and not { SecondsPerHour: null, Price: null })
            throw new BadInputException("restore",
                "must not be given together with secondsPerHour or price: the hours count again as they were charged");
        if (body.Price is < 0 || body.Price is { } price && price != Money.Round6(price))
            throw new BadInputException("price", "must be 0 or more with six decimals at most");
        if (body.Price > metering.Value.MaxMonthlyPrice)
            throw new BadInputException("price",
                FormattableString.Invariant($"must be {metering.Value.MaxMonthlyPrice} (Metering:MaxMonthlyPrice) at most"));
        return new(serverId, from, until, body.SecondsPerHour, body.Price, body.Reason, caller.Name, body.Restore == true);
    }

    private async Task<IResult> CorrectAsync(NpgsqlConnection connection, Caller caller, Correction correction)
    {
        var corrected = await bounded.CorrectAsync(connection, correction, CancellationToken.None);
        await Audit.WriteAsync(connection, caller, "correct", $"server {correction.ServerId}", null,
            new { correction, corrected.Adjustments, corrected.HoldId, corrected.HeldBecause }, correction.Reason);
        return Answer(correction, corrected, isDryRun: false);
    }

    private static IResult Answer(Correction correction, BoundedCorrection corrected, bool isDryRun) =>
        corrected.Adjustments.Count == 0
        ? Problem.NotFound($"No hour of server {correction.ServerId} in that span was charged.")
        : ApiJson.Ok(new CorrectionAnswer(true, isDryRun, corrected.Adjustments, corrected.HoldId, corrected.HeldBecause),
            corrected.HoldId is null ? 200 : 202);
}

/// <summary>A correction of hours: with <c>secondsPerHour</c>, <c>price</c> or both, or with <c>restore</c>.</summary>
public sealed class CorrectionBody : ReasonBody
{
    /// <summary>A full hour such as <c>2026-03-01T12:00:00Z</c>.</summary>
    [Required]
    public string FromHour { get; set; } = "";

    /// <summary>A full hour, exclusive; at most 366 days later.</summary>
    [Required]
    public string UntilHour { get; set; } = "";

    /// <summary>The seconds to charge of each hour; 0 credits it.</summary>
    [Range(0, 3600)]
    public int? SecondsPerHour { get; set; }

    /// <summary>Currency units for the basis of hours, from 0 to <c>Metering:MaxMonthlyPrice</c>, with at most six decimals.</summary>
    public decimal? Price { get; set; }

    /// <summary>Whether earlier corrections of the hours are undone.</summary>
    public bool? Restore { get; set; }

    /// <summary>Whether the adjustments are only computed.</summary>
    public bool DryRun { get; set; }
}

/// <summary>The adjustments of a server.</summary>
public sealed record ServerAdjustments(int ServerId, IReadOnlyList<Adjustment> Adjustments);

/// <summary>The adjustments of a correction.</summary>
/// <param name="Adjustments">Without ids when nothing was posted.</param>
/// <param name="HoldId">The hold that an admin must decide before it is posted; null when it was posted.</param>
/// <param name="HeldBecause">The bound that the supplement exceeds; null without one.</param>
public sealed record CorrectionAnswer(bool Success, bool DryRun, IReadOnlyList<Adjustment> Adjustments, long? HoldId, string? HeldBecause);
