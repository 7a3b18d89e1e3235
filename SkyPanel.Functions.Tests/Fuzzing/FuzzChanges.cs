namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Checks the changes of the database: only the tables that accepted requests may change, each with a line in the audit.</summary>
internal sealed class FuzzChanges(TestDatabase database)
{
    private const string AtRestSql = """
        select not exists (select from cron_service.runs where status = 'running')
            and not exists (select from cron_service.leases where expires_at > clock_timestamp())
        """;

    private static readonly TimeSpan RestsWithin = TimeSpan.FromMinutes(2), LookEvery = TimeSpan.FromMilliseconds(20);

    // The tables that each function may change. Null: all, since it starts runs. Other functions may change nothing.
    private static readonly Dictionary<string, string[]?> MayChange = new()
    {
        ["TriggerHourlyBilling"] = null,
        ["TriggerJob"] = null,
        ["Wake"] = null,
        ["PauseAll"] = ["pauses"],
        ["ResumeAll"] = ["pauses"],
        ["PauseJob"] = ["pauses"],
        ["ResumeJob"] = ["pauses"],
        ["CancelRun"] = ["runs"],
        ["PutJobSettings"] = ["jobs", "server_hourly_billing_settings", "dns_billing_settings", "settings", "interlock", "native_usage",
            "watched_tables", "foreign_rows", "enrolments", "uptime", "passed_over"],
        ["DecideHold"] = ["holds", "hold_spans", "enrolments", "transfers", "corrections", "adjustments", "corrected_hours",
            "server_months", "accounts", "debits"],
        ["DecideHolds"] = ["holds"],
        ["DecideDebit"] = ["debits", "taken_days", "transfers", "accounts", "transactions", "panel_rows", "outbox"],
        ["DecideDebits"] = ["debits", "taken_days", "transfers", "accounts", "transactions", "panel_rows", "outbox"],
        ["CorrectCharges"] = ["transfers", "corrections", "adjustments", "corrected_hours", "server_months", "accounts", "debits", "holds",
            "held_corrections"],
        ["RefundAccount"] = ["debits"],
        ["RepairAccount"] = ["repairs", "repair_lines", "transfers", "accounts", "debits", "holds"],
        ["PutCustomerPolicy"] = ["customer_policy"],
        ["SuspendCustomer"] = ["customers", "suspensions"],
        ["ResumeCustomer"] = ["customers", "suspensions"],
        ["ExemptCustomer"] = ["customers"],
        ["SilenceCustomer"] = ["customers"],
        ["SetCreditLimit"] = ["customers"],
        ["DecideSuspensionHold"] = ["suspension_holds"],
        ["OpenTopUp"] = ["top_ups", "accounts"],
        ["ReturnFromPayPal"] = ["top_ups"],
        ["CreateLink"] = ["customer_links", "accounts", "data_protection_keys"],
        ["RevokeLink"] = ["customer_links"],
        ["CreateKey"] = ["api_keys"],
        ["RotateKey"] = ["api_keys"],
        ["RevokeKey"] = ["api_keys"],
        ["PutSetting"] = ["secrets", "data_protection_keys"],
        ["DeleteSetting"] = ["secrets"],
        ["RedeliverNotice"] = ["outbox", "notice_deliveries"],
        ["PutTemplate"] = ["notice_templates"],
        ["DeleteTemplate"] = ["notice_templates"],
        ["CreateWebhook"] = ["webhook_endpoints", "secrets", "data_protection_keys"],
        ["RotateWebhook"] = ["webhook_endpoints", "secrets", "data_protection_keys"],
        ["DeleteWebhook"] = ["webhook_endpoints", "secrets"],
        ["TestWebhook"] = [],
    };

    private const int BatchesUntold = 4;

    private static readonly FuzzRoute[] Routes = FuzzRoute.All();

    private readonly TableDigests _digests = new(database.Source);
    private Dictionary<string, string> _before = [];
    private readonly Queue<FuzzRequest[]> _untold = new(Enumerable.Repeat(Array.Empty<FuzzRequest>(), BatchesUntold));
    private long _lastAuditId;

    /// <summary>The numbers of batches in which no table, some tables and any table might change.</summary>
    public (int Nothing, int Some, int Any) Judged { get; private set; }

    /// <summary>Waits for started runs, and takes the present state as the new baseline.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await database.ScalarAsync<bool>(AtRestSql))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < RestsWithin, "A run doesn't end.");
            await Task.Delay(LookEvery, TimeProvider.System, ct);
        }
        _before = await _digests.TakeAsync(ct);
        (_, _lastAuditId) = await _digests.AuditAsync(_lastAuditId, ct);
    }

    /// <returns>A change that is not allowed; null if there is none.</returns>
    public async Task<string?> JudgeAsync(bool isFromInsiders, IReadOnlyCollection<(FuzzRequest Request, RawAnswer? Answer)> answers,
        CancellationToken ct)
    {
        var after = await _digests.TakeAsync(ct);
        var (audited, _) = await _digests.AuditAsync(_lastAuditId, ct);
        var done = answers.Where(a => IsDone(a) && MayChange.ContainsKey(FunctionOf(a.Request))).ToArray();
        // A request whose caller hangs up may still be done, on a busy machine some batches later.
        _untold.Dequeue();
        _untold.Enqueue(isFromInsiders ? [.. answers.Where(a => a.Answer is null && MayChange.ContainsKey(FunctionOf(a.Request)))
            .Select(a => a.Request)] : []);
        FuzzRequest[] untold = [.. _untold.SelectMany(requests => requests)];
        var allowed = (isFromInsiders ? done.Select(a => a.Request) : []).Concat(untold).Select(request => MayChange[FunctionOf(request)])
            .ToArray();
        Judged = allowed switch
        {
            [] => Judged with { Nothing = Judged.Nothing + 1 },
            _ when allowed.Contains(null) => Judged with { Any = Judged.Any + 1 },
            _ => Judged with { Some = Judged.Some + 1 },
        };
        var changed = after.Where(table => _before[table.Key] != table.Value).Select(table => table.Key.Split('.')[1]).ToArray();
        if (!allowed.Contains(null) && changed.Except(allowed.SelectMany(tables => tables!))
            .Except(allowed.Length == 0 ? [] : ["audit", "idempotency_keys"]).ToArray() is [_, ..] others)
            return $"Changed: {string.Join(", ", others)}.";
        if (audited.Except(answers.Where(a => a.Answer?.Status < 300).Select(a => a.Answer!.Header("x-request-id"))).Skip(untold.Length)
            .FirstOrDefault() is { } refused)
            return $"The audit has the request {refused}, which wasn't done.";
        // Wakes are not audited, since a scheduler sends one each minute and their runs are in the run log. Nor is a payer's return.
        return done.FirstOrDefault(a => a.Request.Route.Name is not ("Wake" or "ReturnFromPayPal") && IsFirst(a.Request)
            && Changes(a.Answer!) && !audited.Contains(a.Answer!.Header("x-request-id"))) is { Request: { } silent }
            ? $"Request {silent.Number} was done, and isn't in the audit." : null;
    }

    public static bool IsDone((FuzzRequest Request, RawAnswer? Answer) asked) =>
        asked.Answer?.Status < 300 && VerbOf(asked.Request) is not ("GET" or "HEAD");

    // By method and path: a fuzzed method may be that of another function with the same path.
    private static string FunctionOf(FuzzRequest request) =>
        Array.Find(Routes, route => route.Template == request.Route.Template && route.Method == VerbOf(request))?.Name
            ?? request.Route.Name;

    private static string VerbOf(FuzzRequest request) =>
        System.Text.Encoding.ASCII.GetString(request.Bytes.AsSpan(0, Math.Max(0, Array.IndexOf(request.Bytes, (byte)' '))))
            .ToUpperInvariant();

    private static bool IsFirst(FuzzRequest request) => !System.Text.Encoding.UTF8.GetString(request.Bytes)
        .Contains("Idempotency-Key", StringComparison.Ordinal);

    // A dry run changes nothing, nor does revoking something twice.
    private static bool Changes(RawAnswer answer) =>
        answer.Json() is { } json && json["dryRun"]?.GetValue<bool>() != true && json["info"]?["revokedAt"] is null;
}
