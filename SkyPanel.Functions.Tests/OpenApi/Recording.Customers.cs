using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>Asks for what concerns customers without money.</summary>
public sealed partial class Recording
{
    private async Task CustomersAsync(Recorder api)
    {
        const string Customers = "/api/admin/customers", Policy = $"{Customers}/policy";
        await api.GetAsync("at first", Policy);
        await api.AskAsync("grace of two days", "put", Policy, new { suspension = new { graceHours = 48, creditLimit = "5.00" } });
        await api.AskAsync("beyond its range", "put", Policy, new { suspension = new { maxPercentPerRun = 101 } });
        await api.GetAsync("by runway", $"{Billing}/accounts?sort=runway&limit=2");

        var reason = new { reason = "the payment bounced" };
        await api.PostAsync("with money", $"{Customers}/7/suspend", reason);
        await api.PostAsync("unknown", $"{Customers}/999999/suspend", reason);
        _panel.VirtFusion.ShiftWallet(7, -200_000);
        await api.PostAsync("below the limit", $"{Customers}/7/suspend", reason);
        await api.GetAsync("suspended", $"{Customers}/suspensions?state=suspended");
        await api.PostAsync("paid in cash", $"{Customers}/7/resume", new { reason = "paid in cash" });
        await api.PostAsync("again", $"{Customers}/7/resume", new { reason = "paid in cash" });
        await api.GetAsync("who would be", $"{Customers}/suspensions?preview=true");
        await api.PostAsync("unknown", $"{Customers}/999999/resume", reason);
        _panel.VirtFusion.ShiftWallet(7, 200_000);
        await api.PostAsync("for a week", $"{Customers}/1/exempt", new { reason = "the invoice is disputed",
            until = OutsidePanel.HoursAgo(-168).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture) });
        await api.GetAsync("exempt", $"{Customers}/1");
        await api.GetAsync("unknown", $"{Customers}/999999");
        await api.PostAsync("no longer", $"{Customers}/1/exempt", new { reason = "it is settled" });
        await api.PostAsync("unknown", $"{Customers}/999999/exempt", reason);
        await api.PostAsync("asked for it", $"{Customers}/1/silence", new { reason = "asked for it" });
        await api.PostAsync("unknown", $"{Customers}/999999/silence", reason);
        await api.PostAsync("ten dollars", $"{Customers}/1/credit-limit", new { reason = "a good customer", creditLimit = "10.00" });
        await api.PostAsync("unknown", $"{Customers}/999999/credit-limit", reason);
        await _panel.Database.ExecuteAsync(
            "insert into cron_service.suspension_holds (account_ids, reason) select array_agg(id), '2 accounts are due: one run may " +
            "suspend 1' from cron_service.accounts where user_id in (2, 3)");
        await api.PostAsync("let them be", $"{Customers}/suspensions/holds/1/reject", new { reason = "our mistake" });
        await api.PostAsync("again", $"{Customers}/suspensions/holds/1/reject", new { reason = "our mistake" });
        await api.PostAsync("unknown", $"{Customers}/suspensions/holds/999999/approve", reason);
    }
}
