using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class AdminApiTests
{
    [Fact]
    public async Task Held_hours_wait_for_a_person_with_a_reason()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(34));
        await panel.Panel.AddServerAsync(2, userId: 2, monthlyPrice: 73, OutsidePanel.HoursAgo(34));
        var app = await panel.StartAppAsync(("Billing__MaxCatchUp", "1.00:00:00"));

        var first = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.Equal("partial", first["status"]!.GetValue<string>());
        Assert.Equal(48, first["result"]!["hoursBilled"]!.GetValue<int>());
        var holds = (await app.GetAsync("/api/admin/billing/holds")).Body["holds"]!.AsArray();
        Assert.Equal(2, holds.Count);
        Assert.All(holds, hold => Assert.Equal(("server", "open", 10),
            (hold!["scope"]!.GetValue<string>(), hold["state"]!.GetValue<string>(), hold["hours"]!.GetValue<int>())));
        Assert.Equal("1.000000", holds[0]!["amount"]!.GetValue<string>());

        var (approve, reject) = ($"/api/admin/billing/holds/{holds[0]!["id"]}/approve",
            $"/api/admin/billing/holds/{holds[1]!["id"]}/reject");
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync(approve)).Status);
        var approved = (await app.SendAsync(HttpMethod.Post, approve, new { reason = "seen in the panel" }, "same")).Body;
        Assert.Equal(("approved", "bootstrap-key", "seen in the panel"), (approved["hold"]!["state"]!.GetValue<string>(),
            approved["hold"]!["decidedBy"]!.GetValue<string>(), approved["hold"]!["decisionReason"]!.GetValue<string>()));
        Assert.Equal(approved.ToJsonString().Length,
            (await app.SendAsync(HttpMethod.Post, approve, new { reason = "seen in the panel" }, "same")).Body.ToJsonString().Length);
        Assert.Equal(HttpStatusCode.Conflict, (await app.PostAsync(approve, new { reason = "again" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(reject, new { reason = "was ours to give" })).Status);

        var second = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.InRange(second["result"]!["hoursBilled"]!.GetValue<int>(), 10, 12);
        Assert.Equal(34 - 10, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.charges where server_id = 2 and hour_start < now() - interval '1 hour'"));
        Assert.Empty((await app.GetAsync("/api/admin/billing/holds")).Body["holds"]!.AsArray());
        Assert.Equal(2, (await app.GetAsync("/api/admin/billing/holds?state=all")).Body["holds"]!.AsArray().Count);
        Assert.Equal(2, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.audit where reason is not null and action in ('approve', 'reject')"));
    }

    [Fact]
    public async Task What_is_answered_can_be_read_in_a_terminal_and_is_no_page_for_a_browser()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        const string note = "Zoë's <b>note</b> + more";
        await app.PutAsync(OutsidePanel.Settings, new { note });

        foreach (var (path, says) in new[] { (OutsidePanel.Settings, note),
            ("/api/admin/cron/jobs/it's/settings", "No job is called 'it's'") })
        {
            using var answer = await app.Http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains(says, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Contains("json", answer.Content.Headers.ContentType!.MediaType, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Settings_that_a_table_of_the_panel_refuses_are_a_conflict_in_its_words_and_all_stays_as_it_was()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true });
        await panel.Panel.Database.ExecuteAsync(
            "alter table public.server_hourly_billing_settings add constraint on_the_hour check (cron_schedule like '0 %')");

        var (status, body) = await app.PutAsync(OutsidePanel.Settings, new { schedule = "5 * * * *", waitsFor = new[] { "backup" } });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("The panel's tables refuse it, and nothing was changed: new row for relation \"server_hourly_billing_settings\" " +
            "violates check constraint \"on_the_hour\".",
            body["detail"]!.GetValue<string>());
        var stored = (await app.GetAsync(OutsidePanel.Settings)).Body;
        Assert.Equal((true, "0 * * * *", 0), (stored["enabled"]!.GetValue<bool>(), stored["schedule"]!.GetValue<string>(),
            stored["waitsFor"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_held_debit_is_settled_sent_again_or_voided_by_a_person()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        foreach (var user in new[] { 1, 2, 3 })
            await panel.Panel.AddServerAsync(user, user, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(("Wallet__ClaimTime", "00:00:05")); // When that is over, an answer that says nothing is judged.
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(500), times: 3);
        Assert.Equal("partial", (await app.PostAsync(OutsidePanel.Trigger)).Body["status"]!.GetValue<string>());
        foreach (var user in new[] { 1, 2, 3 })
            panel.VirtFusion.ShiftWallet(user, 7);
        await panel.SettleAsync(app);

        var debits = (await app.GetAsync("/api/admin/billing/debits?state=waiting")).Body["debits"]!.AsArray().Reverse().ToArray();
        Assert.Equal(["held", "held", "held"], debits.Select(debit => debit!["state"]!.GetValue<string>()));
        foreach (var (debit, act) in debits.Zip(["settle", "resend", "void"]))
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync($"/api/admin/billing/debits/{debit!["id"]}/{act}")).Status);
            Assert.Equal(HttpStatusCode.OK,
                (await app.PostAsync($"/api/admin/billing/debits/{debit["id"]}/{act}", new { reason = "looked" })).Status);
            Assert.Equal(HttpStatusCode.Conflict,
                (await app.PostAsync($"/api/admin/billing/debits/{debit["id"]}/settle", new { reason = "looked" })).Status);
        }
        await panel.SettleAsync(app);
        foreach (var user in new[] { 1, 2, 3 })
        {
            var isSettledByHand = user == debits[0]!["userId"]!.GetValue<int>();
            Assert.Equal(isSettledByHand ? OutsidePanel.FirstTokens + 7 : OutsidePanel.FirstTokens + 7 - 100,
                panel.VirtFusion.Wallet(user));
        }
        Assert.Equal(0m, await panel.ScalarAsync<decimal>("select sum(balance_amount) from cron_service.balances"));
    }

    [Fact]
    public async Task The_log_is_paged_by_cursor_and_a_run_shows_its_servers_and_errors()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        await panel.Panel.AddServerAsync(2, userId: 1, monthlyPrice: -1, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync();
        var first = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        for (var n = 0; n < 11; n++)
            await app.PostAsync("/api/admin/cron/jobs/hourly-billing/trigger");

        var (seen, path) = (new List<long>(), "/api/admin/cron/logs?limit=5");
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await app.GetAsync($"{path}{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}")).Body;
            seen.AddRange(page["runs"]!.AsArray().Select(run => run!["runId"]!.GetValue<long>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        }
        Assert.Equal(12, seen.Count);
        Assert.Equal(seen.Distinct().OrderDescending(), seen);
        var partial = await app.GetAsync("/api/admin/cron/logs?job=hourly-billing&status=partial&from=2020-01-01&to=2100-01-01T00:00:00Z");
        Assert.Equal(12, partial.Body["runs"]!.AsArray().Count);
        Assert.Empty((await app.GetAsync("/api/admin/cron/logs?to=2020-01-01T00:00:00Z")).Body["runs"]!.AsArray());

        var body = (await app.GetAsync($"/api/admin/cron/runs/{first["runId"]}")).Body;
        AssertHas(body["run"]!, "runId", "job", "trigger", "requestedBy", "scheduledFor", "startedAt", "finishedAt", "durationMs", "status",
            "serversProcessed", "hoursBilled", "totalBilled", "tokensDebited", "errorCount", "message");
        Assert.Equal(("hourly-billing", "manual", "bootstrap-key", "partial", 1),
            (body["run"]!["job"]!.GetValue<string>(), body["run"]!["trigger"]!.GetValue<string>(),
            body["run"]!["requestedBy"]!.GetValue<string>(), body["run"]!["status"]!.GetValue<string>(),
                body["run"]!["errorCount"]!.GetValue<int>()));
        Assert.EndsWith("Z", body["run"]!["startedAt"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(body["servers"]!.AsArray())!["serverId"]!.GetValue<int>());
        var error = Assert.Single(body["errors"]!.AsArray())!;
        Assert.Equal(("data", 2), (error["kind"]!.GetValue<string>(), error["serverId"]!.GetValue<int>()));

        var status = (await app.GetAsync(OutsidePanel.Status)).Body;
        Assert.True(status["success"]!.GetValue<bool>());
        AssertHas(status["cronStatus"]!["hourlyBilling"]!, "isRunning", "nextRun", "enabled", "schedule", "timeZone", "isExecuting",
            "lastRun", "boundSchedule");
        AssertHas(status["cronLogs"]!["hourlyBilling"]!, "lastRun", "logs");
        Assert.Equal(10, status["cronLogs"]!["hourlyBilling"]!["logs"]!.AsArray().Count);

        var account = (await app.GetAsync("/api/admin/billing/accounts/1")).Body;
        Assert.Equal(("USD", 100, 0.1m * await panel.ScalarAsync<long>(
            "select count(*) from cron_service.charges where hour_start >= date_trunc('month', now(), 'UTC')")),
            (account["currency"]!.GetValue<string>(), account["tokensTaken"]!.GetValue<int>(), Money(account["chargesThisMonth"])));
        Assert.Null(account["openDebit"]);
        Assert.Equal((0m, 0m), (Money(account["owed"]), Money(account["carried"])));
        var month = Month(OutsidePanel.HoursAgo(10));
        var hoursOfMonth = await panel.ScalarAsync<long>(
            "select count(*) from cron_service.charges where to_char(hour_start at time zone 'UTC', 'YYYY-MM') = @month", ("month", month));
        var charges = (await app.GetAsync($"/api/admin/billing/servers/1/charges?month={month}")).Body;
        Assert.Equal((month, 0.1m * hoursOfMonth, 3600 * hoursOfMonth),
            (charges["month"]!.GetValue<string>(), Money(charges["net"]), charges["secondsBilled"]!.GetValue<long>()));
        Assert.Equal(Month(OutsidePanel.HoursAgo(0)),
            (await app.GetAsync("/api/admin/billing/servers/1/charges")).Body["month"]!.GetValue<string>());
        AssertHas(charges["charges"]![0]!, "hour", "amount", "secondsBilled", "runId", "evidence");
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_gets_the_first_answer_also_in_parallel()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var apps = await Task.WhenAll(panel.StartAppAsync(), panel.StartAppAsync());
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate), times: 1);

        var asked = Enumerable.Range(0, 6).Select(n => apps[n % 2].SendAsync(HttpMethod.Post, OutsidePanel.Trigger, idempotencyKey: "once"))
            .ToList();
        await gate.WaitForArrivalsAsync(1, ct);
        gate.Open();
        var answers = await Task.WhenAll(asked);
        answers = [.. answers, await apps[1].SendAsync(HttpMethod.Post, OutsidePanel.Trigger, idempotencyKey: "once")];

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(answers, answer => Assert.True(JsonNode.DeepEquals(answers[0].Body, answer.Body), answer.Body.ToJsonString()));
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.runs"));
        Assert.Equal(HttpStatusCode.BadRequest,
            (await apps[0].SendAsync(HttpMethod.Post, OutsidePanel.Trigger, new { dryRun = true }, "once")).Status);
        Assert.NotEqual(answers[0].Body["runId"]!.GetValue<long>(),
            (await apps[0].SendAsync(HttpMethod.Post, OutsidePanel.Trigger, idempotencyKey: "twice")).Body["runId"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_dry_run_tells_what_a_run_would_do_and_writes_nothing()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 3; server++)
            await panel.Panel.AddServerAsync(server, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync();
        await app.GetAsync(OutsidePanel.Status);
        var before = await RowsAsync(panel);

        var dry = (await app.PostAsync(OutsidePanel.Trigger, new { dryRun = true })).Body;
        Assert.Equal(before, await RowsAsync(panel));
        Assert.Empty(panel.VirtFusion.Credits);
        Assert.Null(dry["runId"]);

        var real = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        foreach (var figure in new[] { "processedServers", "hoursBilled", "totalBilled" })
            Assert.Equal(real["result"]![figure]!.ToJsonString(), dry["result"]![figure]!.ToJsonString());
    }

    private static string Month(DateTimeOffset hour) => hour.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);

    private static decimal Money(JsonNode? node) =>
        decimal.Parse(node!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);

    private static void AssertHas(JsonNode node, params string[] names) =>
        Assert.All(names, name => Assert.True(node.AsObject().ContainsKey(name), $"{name} is missing in {node.ToJsonString()}"));

    // Everything but the lease, the clock of the timers and when a job's settings were last looked at.
    private static Task<string?> RowsAsync(OutsidePanel panel) => panel.ScalarAsync<string>("""
        select string_agg(format('%s.%s %s', schemaname, tablename, (xpath('/row/n/text()', query_to_xml(format(
            'select md5(coalesce(string_agg((to_jsonb(t) - ''seen_at'')::text, '','' order by t::text), '''')) as n from %I.%I t',
            schemaname, tablename), false, true, '')))[1]::text), E'\n' order by 1)
        from pg_tables where schemaname in ('public', 'cron_service') and tablename not in ('leases', 'timers', 'timer_status')
        """);
}
