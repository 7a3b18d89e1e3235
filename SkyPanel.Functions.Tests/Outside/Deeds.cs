using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Customers.Notices;
using SkyPanel.Functions.Tests.WhatIf;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>A panel in which each POST has something to do, and the requests that do it, in an order in which each can be done.</summary>
public sealed class Deeds : IAsyncDisposable
{
    private const string Cron = "/api/admin/cron", Billing = "/api/admin/billing";

    private Deeds(OutsidePanel panel, AppProcess app) => (Panel, App) = (panel, app);

    public OutsidePanel Panel { get; }
    public AppProcess App { get; }

    public static async Task<Deeds> StartAsync()
    {
        var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(60));
        await panel.Panel.AddServerAsync(2, userId: 2, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await panel.Panel.AddServerAsync(3, userId: 3, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await panel.Panel.AddServerAsync(5, userId: 5, monthlyPrice: 50, OutsidePanel.HoursAgo(60));
        await panel.Panel.AddServerAsync(4, userId: 4, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await panel.Panel.AddUserAsync(9, tokens: 10);
        await panel.Panel.AddServerAsync(9, userId: 9, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await panel.Database.ExecuteAsync("insert into cron_service.suspension_holds (account_ids, reason) values ('{}', 'for the test')");
        await PanelEngine.AddServerAsync(panel.Panel, 6, userId: 6, 5m, OutsidePanel.HoursAgo(9));
        await PanelEngine.BillAsync(panel.Panel, 6, OutsidePanel.HoursAgo(9), 9);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/4", Fault.Answer(422, """{"msg":"no"}"""));
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/3", Fault.Answer(422, """{"msg":"no"}"""));
        var app = await panel.StartAppAsync(("Billing__MaxCatchUp", "1.00:00:00"), ("Wallet__MaxAttempts", "1"),
            ("Public__BaseUrl", "https://billing.example"));
        // What is made when it is looked at first.
        await app.GetAsync(OutsidePanel.Status);
        return new(panel, app);
    }

    /// <summary>The functions with a POST.</summary>
    public static IEnumerable<string> Posts(Func<OperationAttribute, bool>? are = null) =>
        from type in typeof(SkyPanelServices).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.GetParameters().Any(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()?.Methods is ["post"])
        where are?.Invoke(method.GetCustomAttribute<OperationAttribute>()!) ?? true
        select method.GetCustomAttribute<FunctionAttribute>()!.Name;

    /// <summary>Each is to be done before the next is asked for.</summary>
    public async IAsyncEnumerable<Deed> AllAsync()
    {
        yield return new("TriggerHourlyBilling", OutsidePanel.Trigger, new { });
        yield return new("TriggerJob", $"{Cron}/jobs/monitoring/trigger", new { });

        var held = (await App.GetAsync($"{Billing}/holds")).Body;
        yield return new("DecideHold", $"{Billing}/holds/{held["holds"]![0]!["id"]}/reject", new { reason = "for the test" });
        yield return new("DecideHolds", $"{Billing}/holds/reject",
            new { reason = "for the test", count = held["holds"]!.AsArray().Count - 1 });
        var debits = (await App.GetAsync($"{Billing}/debits?state=held")).Body["debits"]!.AsArray();
        yield return new("DecideDebit", $"{Billing}/debits/{debits[0]!["id"]}/settle", new { reason = "for the test" });
        yield return new("DecideDebits", $"{Billing}/debits/void", new { reason = "for the test", count = debits.Count - 1 });
        yield return new("CorrectCharges", $"{Billing}/servers/2/corrections",
            new { fromHour = Hour(OutsidePanel.HoursAgo(5)), untilHour = Hour(OutsidePanel.HoursAgo(3)), secondsPerHour = 0,
                reason = "for the test" });
        yield return new("RepairAccount", $"{Billing}/repair/6", new { reason = "for the test" });
        yield return new("RefundAccount", $"{Billing}/accounts/2/refund", new { reason = "for the test" });

        const string customer = "/api/admin/customers/9";
        yield return new("SuspendCustomer", $"{customer}/suspend", new { reason = "for the test" });
        yield return new("ResumeCustomer", $"{customer}/resume", new { reason = "for the test" });
        yield return new("ExemptCustomer", $"{customer}/exempt", new { reason = "for the test", until = Hour(OutsidePanel.HoursAgo(-24)) });
        yield return new("SilenceCustomer", $"{customer}/silence", new { reason = "for the test" });
        yield return new("SetCreditLimit", $"{customer}/credit-limit", new { reason = "for the test", creditLimit = "5.00" });
        yield return new("DecideSuspensionHold", "/api/admin/customers/suspensions/holds/1/reject", new { reason = "for the test" });

        yield return new("CreateKey", "/api/admin/keys", new { name = "for the test", role = "viewer" });
        yield return new("RotateKey", $"/api/admin/keys/{await Panel.ScalarAsync<string>("select id from cron_service.api_keys")}/rotate",
            new { });

        await Panel.Database.ExecuteAsync(NoticeSamples.DiscardedSql, ("user_id", 1));
        yield return new("RedeliverNotice", "/api/admin/customers/notices/1/redeliver", new { reason = "for the test" });
        yield return new("CreateWebhook", "/api/admin/customers/webhooks", new { url = "https://example.invalid/hooks" });
        var endpoint = await Panel.ScalarAsync<long>("select max(id) from cron_service.webhook_endpoints");
        var webhook = $"/api/admin/customers/webhooks/{endpoint}";
        yield return new("RotateWebhook", $"{webhook}/rotate", new { });
        yield return new("TestWebhook", $"{webhook}/test", new { });

        yield return new("CreateLink", "/api/admin/customers/1/links", new { reason = "for the test" });
        yield return new("PauseJob", $"{Cron}/jobs/backup/pause", new { note = "for the test" });
        yield return new("ResumeJob", $"{Cron}/jobs/backup/resume", new { });
        yield return new("PauseAll", $"{Cron}/pause", new { note = "for the test" });
        yield return new("ResumeAll", $"{Cron}/resume", new { });

        var gate = new RequestGate();
        Panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate));
        var running = App.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        yield return new("CancelRun", $"{Cron}/runs/{await Panel.ScalarAsync<long>("select max(id) from cron_service.runs")}/cancel",
            new { });
        gate.Open();
        await running;
    }

    public ValueTask DisposeAsync() => Panel.DisposeAsync();

    private static string Hour(DateTimeOffset hour) => hour.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ",
        System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A request that does something.</summary>
public sealed record Deed(string Function, string Path, object Body);
