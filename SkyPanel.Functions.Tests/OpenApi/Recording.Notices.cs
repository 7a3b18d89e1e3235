using SkyPanel.Functions.Tests.Customers.Notices;

namespace SkyPanel.Functions.Tests.OpenApi;

public sealed partial class Recording
{
    private async Task NoticesAsync(Recorder api)
    {
        const string Notices = "/api/admin/customers/notices", Templates = "/api/admin/customers/templates",
            Webhooks = "/api/admin/customers/webhooks";
        await _panel.Database.ExecuteAsync(NoticeSamples.DiscardedSql, ("user_id", 1));
        var id = (await api.GetAsync("discarded", $"{Notices}?userId=1&state=discarded"))!["notices"]![0]!["id"];
        await api.PostAsync("the address is right now", $"{Notices}/{id}/redeliver", new { reason = "the address is right now" });
        await api.PostAsync("again", $"{Notices}/{id}/redeliver", new { reason = "the address is right now" });
        await api.PostAsync("unknown", $"{Notices}/999999/redeliver", new { reason = "the address is right now" });

        var text = new { subject = "Noch {{hours}} h", text = "Ihr Guthaben von {{balance}} reicht noch {{hours}} Stunden.",
            html = "<p>Ihr Guthaben von {{balance}} reicht noch {{hours}} Stunden.</p>" };
        await api.GetAsync("all", Templates);
        await api.GetAsync("built in", $"{Templates}/runway");
        await api.GetAsync("in no such language", $"{Templates}/runway?language=de");
        await api.PostAsync("a draft", $"{Templates}/runway/preview?language=de", text);
        await api.PostAsync("unknown", $"{Templates}/hunger/preview", new { });
        await api.AskAsync("in German", "put", $"{Templates}/runway?language=de", text);
        await api.AskAsync("unknown placeholder", "put", $"{Templates}/runway",
            new { subject = "{{hourz}} left", text = "text", html = "html" });
        await api.AskAsync("unknown", "put", $"{Templates}/hunger", text);
        await api.AskAsync("in German", "delete", $"{Templates}/runway?language=de");
        await api.AskAsync("again", "delete", $"{Templates}/runway?language=de");

        await api.PostAsync("a customer's own server", Webhooks,
            new { url = "https://hooks.invalid/skypanel", description = "the billing of a reseller" });
        await api.PostAsync("http elsewhere", Webhooks, new { url = "http://example.com/hooks" });
        await api.GetAsync("all", Webhooks);
        await api.PostAsync("nobody there", $"{Webhooks}/1/test");
        await api.PostAsync("a day's grace", $"{Webhooks}/1/rotate", new { graceMinutes = 1440 });
        await api.AskAsync("no longer used", "delete", $"{Webhooks}/1");
        await api.PostAsync("unknown", $"{Webhooks}/999999/test");
        await api.PostAsync("unknown", $"{Webhooks}/999999/rotate", new { });
        await api.AskAsync("unknown", "delete", $"{Webhooks}/999999");
        await _panel.Database.ExecuteAsync("""
            insert into cron_service.webhook_endpoints (reference, url, created_by) select gen_random_uuid(), 'https://example.com/' || n,
                'test' from generate_series(1, 20) as n
            """);
        await api.PostAsync("one too many", Webhooks, new { url = "https://example.com/hooks" });
    }
}
