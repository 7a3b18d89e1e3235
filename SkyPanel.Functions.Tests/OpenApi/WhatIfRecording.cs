using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.WhatIf;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>Asks what a month brings, and what the panel's own engine did before the take-over.</summary>
internal static class WhatIfRecording
{
    private const string Billing = "/api/admin/billing";

    /// <summary>Adds a server that the panel itself has billed until now. Before the app starts.</summary>
    public static async Task PrepareAsync(TestPanel panel)
    {
        await PanelEngine.AddServerAsync(panel, 1008, 8, 5m, OutsidePanel.HoursAgo(9));
        await PanelEngine.BillAsync(panel, 1008, OutsidePanel.HoursAgo(9), 9);
    }

    public static async Task AskAsync(Recorder api, AppProcess app, OutsidePanel panel)
    {
        await api.GetAsync("not yet computed", FormattableString.Invariant(
            $"{Billing}/forecast?stored=true&month={OutsidePanel.HoursAgo(0).AddMonths(1):yyyy-MM}"));
        await api.GetAsync("this month", $"{Billing}/forecast");
        await api.GetAsync("stored", $"{Billing}/forecast?stored=true");
        await api.PostAsync("a tenth more", $"{Billing}/simulations", new { priceFactor = "1.1" });
        await api.GetAsync("exported", $"{Billing}/forecast?format=csv&list=servers");
        await api.PostAsync("exported", $"{Billing}/simulations?format=csv", new { priceFactor = "1.1" });
        await api.GetAsync("nothing observed", $"{Billing}/shadow");
        await panel.Database.ExecuteAsync("""
            insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now() - interval '6 hours', 6, true)
            """);
        await api.GetAsync("before the take-over", $"{Billing}/shadow");
        await api.GetAsync("exported", $"{Billing}/shadow?format=csv");
        await api.GetAsync("of the panel's engine", $"{Billing}/repair");
        await api.GetAsync("exported", $"{Billing}/repair?format=csv");
        await api.PostAsync("what was taken too much", $"{Billing}/repair/8", new { reason = "the panel rounded up" });
        await api.PostAsync("unknown", $"{Billing}/repair/999999", new { reason = "the panel rounded up" });
        await api.PostAsync("again", $"{Billing}/repair/8", new { reason = "the panel rounded up" });
        await panel.Database.ExecuteAsync("""
            insert into cron_service.wallet_readings (account_id, tokens, read_at) select id, 500000, now() from cron_service.accounts
                where user_id = 1
            on conflict (account_id) do update set tokens = 500000, read_at = now()
            """);
        await api.GetAsync("topped up elsewhere", $"{Billing}/drift?userId=1");
        await api.GetAsync("exported", $"{Billing}/drift?format=csv");
        await api.GetAsync("unknown", $"{Billing}/drift?userId=999999");
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.hold_spans in access exclusive mode");
        var first = app.PostAsync($"{Billing}/simulations", new { priceFactor = "1.1" });
        await panel.Database.BlockedAsync(1);
        await api.GetAsync("while another is computed", $"{Billing}/forecast");
        await api.PostAsync("while another is computed", $"{Billing}/simulations", new { priceFactor = "1.1" });
        await api.GetAsync("while another is computed", $"{Billing}/shadow");
        await api.GetAsync("while another is computed", $"{Billing}/repair");
        await held.LetGoAsync();
        await first;
    }
}
