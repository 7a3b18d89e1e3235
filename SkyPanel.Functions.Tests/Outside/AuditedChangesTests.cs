using System.Net;
using SkyPanel.Functions.Tests.Fuzzing;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>A change and its line in the audit are one: where the line is refused, nothing has changed, and the same request does it
/// later.</summary>
public sealed class AuditedChangesTests
{
    private const string RefuseSql = """
        create function public.refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'no line for you'; end $$;
        create trigger refuse_audit before insert on cron_service.audit for each row execute function public.refuse_audit()
        """;

    private const string AllowSql = "drop trigger refuse_audit on cron_service.audit; drop function public.refuse_audit()";

    // A run goes on for longer than a transaction may: its own row, written before it begins, says who asked for it and when.
    private static readonly string[] HaveARowOfTheirOwn = ["TriggerHourlyBilling", "TriggerJob"];

    [Fact]
    public async Task Each_POST_changes_nothing_when_its_line_in_the_audit_is_refused()
    {
        await using var deeds = await Deeds.StartAsync();
        await foreach (var deed in deeds.AllAsync())
        {
            if (!HaveARowOfTheirOwn.Contains(deed.Function))
                await RefusedAsync(deeds, HttpMethod.Post, deed.Path, deed.Body);
            var (status, body) = await deeds.App.SendAsync(HttpMethod.Post, deed.Path, deed.Body, deed.Path);
            Assert.True((int)status is >= 200 and < 300, $"{deed}: {status} {body}");
        }
    }

    [Fact]
    public async Task A_PUT_or_DELETE_changes_nothing_when_its_line_in_the_audit_is_refused()
    {
        await using var deeds = await Deeds.StartAsync();
        var key = (await deeds.App.PostAsync("/api/admin/keys", new { name = "for the test", role = "viewer" })).Body["info"]!["id"];
        var webhook = (await deeds.App.PostAsync("/api/admin/customers/webhooks",
            new { url = "https://example.com/hooks" })).Body["info"]!["id"];
        foreach (var (method, path, body) in new (HttpMethod, string, object?)[]
        {
            (HttpMethod.Put, OutsidePanel.Settings, new { enabled = true, schedule = "0 0 29 2 *", timeZone = "Europe/Berlin",
                hoursPerMonth = 744, note = "for the test", waitsFor = new[] { "backup" } }),
            (HttpMethod.Put, "/api/admin/cron/jobs/dns-renewal/settings", new { enabled = true, schedule = "0 0 29 2 *" }),
            (HttpMethod.Put, "/api/admin/cron/jobs/backup/settings", new { schedule = "0 0 29 2 *" }),
            (HttpMethod.Put, "/api/admin/settings/paypal_client_secret", new { value = "a-first-secret-of-paypal" }),
            (HttpMethod.Put, "/api/admin/settings/paypal_client_secret", new { value = "a-second-secret-of-paypal" }),
            (HttpMethod.Delete, "/api/admin/settings/paypal_client_secret", null),
            (HttpMethod.Delete, $"/api/admin/keys/{key}", null),
            (HttpMethod.Put, "/api/admin/customers/templates/runway", new { subject = "{{hours}} h left", text = "text", html = "html" }),
            (HttpMethod.Delete, "/api/admin/customers/templates/runway", null),
            (HttpMethod.Delete, $"/api/admin/customers/webhooks/{webhook}", null),
        })
        {
            await RefusedAsync(deeds, method, path, body);
            Assert.Equal(HttpStatusCode.OK, (await deeds.App.SendAsync(method, path, body)).Status);
        }
        Assert.Equal("-/***ypal, ***ypal/***ypal, ***ypal/-", await deeds.Panel.ScalarAsync<string>("""
            select string_agg(coalesce(before ->> 'value', '-') || '/' || coalesce(after ->> 'value', '-'), ', ' order by id)
                from cron_service.audit where subject = 'paypal_client_secret'
            """));
    }

    private static async Task RefusedAsync(Deeds deeds, HttpMethod method, string path, object? body)
    {
        var before = await DigestsAsync(deeds.Panel);
        await deeds.Panel.Database.ExecuteAsync(RefuseSql);
        var (status, answer) = await deeds.App.SendAsync(method, path, body, path);
        await deeds.Panel.Database.ExecuteAsync(AllowSql);
        Assert.Equal((path, HttpStatusCode.InternalServerError), (path, status));
        Assert.DoesNotContain("no line for you", answer.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(before, await DigestsAsync(deeds.Panel));
    }

    // The lease of a run that is executing is renewed whatever is asked.
    private static async Task<Dictionary<string, string>> DigestsAsync(OutsidePanel panel)
    {
        var digests = await new TableDigests(panel.Database.Source).TakeAsync(TestContext.Current.CancellationToken);
        digests.Remove("cron_service.leases");
        return digests;
    }
}
