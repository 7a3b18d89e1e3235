using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.OpenApi;
using SkyPanel.Functions.Tests.Fuzzing;
using SkyPanel.LocalWorker.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Every POST, asked three times at once and once more after, with one Idempotency-Key: it is done once, and all hear the first answer.</summary>
public sealed class IdempotencyTests : IAsyncLifetime
{
    private const string Cron = "/api/admin/cron", Billing = "/api/admin/billing";

    // It answers what the schedule means and does nothing: to be asked again costs what a first answer would cost to keep.
    private static readonly string[] Exempt = ["ValidateSchedule"];

    private readonly HashSet<string> _tried = [];
    private OutsidePanel _panel = null!;
    private AppProcess _app = null!;

    public async ValueTask InitializeAsync()
    {
        _panel = await OutsidePanel.CreateAsync();
        await _panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(60));
        await _panel.Panel.AddServerAsync(2, userId: 2, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await _panel.Panel.AddServerAsync(3, userId: 3, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        _panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/3", Fault.Answer(422, """{"msg":"no"}"""));
        _app = await _panel.StartAppAsync(("Billing__MaxCatchUp", "1.00:00:00"), ("Wallet__MaxAttempts", "1"));
        // What is made when it is looked at first.
        await _app.GetAsync(OutsidePanel.Status);
    }

    [Fact]
    public async Task Each_POST_that_is_repeated_with_its_key_is_done_once_and_answered_as_at_first()
    {
        await OnceAsync("TriggerHourlyBilling", OutsidePanel.Trigger, new { });
        await OnceAsync("TriggerJob", $"{Cron}/jobs/monitoring/trigger", new { });

        var held = (await _app.GetAsync($"{Billing}/holds")).Body;
        await OnceAsync("DecideHold", $"{Billing}/holds/{held["holds"]![0]!["id"]}/reject", new { reason = "for the test" });
        await OnceAsync("DecideHold", $"{Billing}/holds/{held["debits"]![0]!["id"]}/void", new { reason = "for the test" });
        await OnceAsync("CorrectCharges", $"{Billing}/servers/2/corrections",
            new { fromHour = Hour(OutsidePanel.HoursAgo(5)), untilHour = Hour(OutsidePanel.HoursAgo(3)), secondsPerHour = 0, reason = "for the test" });
        await OnceAsync("RefundAccount", $"{Billing}/accounts/2/refund", new { reason = "for the test" });

        var key = (await OnceAsync("CreateKey", "/api/admin/keys", new { name = "for the test", role = "viewer" }))["info"]!["id"];
        await OnceAsync("RotateKey", $"/api/admin/keys/{key}/rotate", new { });

        await OnceAsync("PauseJob", $"{Cron}/jobs/backup/pause", new { note = "for the test" });
        await OnceAsync("ResumeJob", $"{Cron}/jobs/backup/resume", new { });
        await OnceAsync("PauseAll", $"{Cron}/pause", new { note = "for the test" });
        await OnceAsync("ResumeAll", $"{Cron}/resume", new { });

        var gate = new Gate();
        _panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate));
        var running = _app.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await OnceAsync("CancelRun", $"{Cron}/runs/{await _panel.ScalarAsync<long>("select max(id) from cron_service.runs")}/cancel", new { });
        gate.Open();
        await running;

        Assert.Equal(Posts().Except(Exempt).Order(), _tried.Order());
    }

    [Fact]
    public void What_knows_the_key_says_so_and_what_does_nothing_has_no_need_of_it() =>
        Assert.Equal(Posts().Except(Exempt).Order(), Posts(says => says.IsRepeatable).Order());

    public async ValueTask DisposeAsync() => await _panel.DisposeAsync();

    private static IEnumerable<string> Posts(Func<OperationAttribute, bool>? are = null) =>
        from type in typeof(SkyPanelServices).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.GetParameters().Any(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()?.Methods is ["post"])
        where are?.Invoke(method.GetCustomAttribute<OperationAttribute>()!) ?? true
        select method.GetCustomAttribute<FunctionAttribute>()!.Name;

    private static string Hour(DateTimeOffset hour) => hour.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private async Task<JsonObject> OnceAsync(string function, string path, object body)
    {
        _tried.Add(function);
        var key = $"{function} {path}";
        var lines = await AuditLinesAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _app.SendAsync(HttpMethod.Post, path, body, key)));
        var digests = await DigestsAsync();
        var late = await _app.SendAsync(HttpMethod.Post, path, body, key);

        Assert.All(answers, answer => Assert.True((int)answer.Status is >= 200 and < 300, $"{key}: {answer.Status} {answer.Body}"));
        Assert.Equal((key, lines + 1), (key, await AuditLinesAsync()));
        Assert.Equal(digests, await DigestsAsync());
        var first = answers.FirstOrDefault(answer => answer.Body["key"] is not null, answers[0]);
        Assert.All(answers.Append(late), answer => Assert.True(first.Status == answer.Status && JsonNode.DeepEquals(Comparable(first.Body), Comparable(answer.Body)), $"{key}:\n{first}\n{answer}"));
        return first.Body;
    }

    // A secret is in the first answer alone.
    private static JsonObject Comparable(JsonObject body) =>
        new(body.Where(member => member.Key is not ("key" or "message")).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));

    private Task<long> AuditLinesAsync() => _panel.Database.ScalarAsync<long>("select count(*) from cron_service.audit");

    // The lease of a run that is executing is renewed whatever is asked.
    private async Task<Dictionary<string, string>> DigestsAsync()
    {
        var digests = await new TableDigests(_panel.Database.Source).TakeAsync(TestContext.Current.CancellationToken);
        digests.Remove("cron_service.leases");
        return digests;
    }
}
