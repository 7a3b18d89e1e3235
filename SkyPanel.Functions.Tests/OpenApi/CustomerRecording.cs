using System.Globalization;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>Asks for what customers may see of their account.</summary>
internal static class CustomerRecording
{
    private const string Accounts = "/api/admin/billing/accounts";

    public static async Task StatementsAsync(Recorder api)
    {
        var month = OutsidePanel.HoursAgo(2).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        await api.GetAsync("all months", $"{Accounts}/1/statements");
        await api.GetAsync("unknown", $"{Accounts}/999999/statements");
        await api.GetAsync("this month", $"{Accounts}/1/statements/{month}");
        await api.GetAsync("for a spreadsheet", $"{Accounts}/1/statements/{month}?format=csv");
        await api.GetAsync("to print", $"{Accounts}/1/statements/{month}?format=html");
        await api.GetAsync("not begun", $"{Accounts}/1/statements/2999-12");
        await api.GetAsync("malformed", $"{Accounts}/1/statements/2026-13");
    }

    public static async Task PayAsync(Recorder api)
    {
        const string Links = "/api/admin/customers/1/links", Pay = "/api/pay";
        var hour = OutsidePanel.HoursAgo(2).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var made = (await api.PostAsync("for a month", Links, new { reason = "asked for it", days = 30 }))!;
        await api.PostAsync("unknown", "/api/admin/customers/999999/links", new { reason = "asked for it" });
        await api.GetAsync("all", Links);
        await api.GetAsync("unknown", "/api/admin/customers/999999/links");
        var token = $"Bearer {made["address"]!.GetValue<string>().Split('/')[^1]}";
        Task<System.Text.Json.Nodes.JsonNode?> AskAsync(string name, string path, string method = "get", object? body = null) =>
            api.AskAsync(name, method, $"{Pay}{path}", body, token, "Authorization");

        await AskAsync("own", "");
        await AskAsync("this month", $"/servers/1001/charges?month={hour[..7]}");
        await AskAsync("another's", "/servers/1002/charges");
        await AskAsync("charged", $"/servers/1001/charges/{hour}");
        await AskAsync("another's", $"/servers/1002/charges/{hour}");
        await AskAsync("all months", "/statements");
        await AskAsync("this month", $"/statements/{hour[..7]}");
        await AskAsync("for a spreadsheet", $"/statements/{hour[..7]}?format=csv");
        await AskAsync("to print", $"/statements/{hour[..7]}?format=html");
        await AskAsync("not begun", "/statements/2999-12");
        await api.AskAsync("by a customer's link", "post", "/api/top-ups", new { amount = "10.00" }, token, "Authorization");
        await AskAsync("all", "/top-ups");
        await api.AskAsync("lost", "delete", $"{Links}/{made["link"]!["id"]}");
        await api.AskAsync("unknown", "delete", $"{Links}/999999");
        await AskAsync("revoked", "");
    }
}
