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
}
