using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Serves the list of transactions in pages.</summary>
internal static class PayPalReports
{
    private static readonly TimeSpan LongestRange = TimeSpan.FromDays(31);

    public static void Map(WebApplication app, PayPalBooks books) =>
        app.MapGet("/v1/reporting/transactions", (string start_date, string end_date, int page_size, int page) =>
    {
        var (from, until) = (Instant(start_date), Instant(end_date));
        if (until - from > LongestRange)
            return Shape.Json(PayPalSimulator.Error("INVALID_REQUEST", "INVALID_DATE_RANGE", "The range is greater than 31 days."), 400);
        var all = books.Transactions(from, until);
        return Shape.Json(new JsonObject
        {
            ["transaction_details"] = new JsonArray([.. all.Skip((page - 1) * page_size).Take(page_size).Select(one => one!.DeepClone())]),
            ["page"] = page,
            ["total_items"] = all.Count,
            ["total_pages"] = (all.Count + page_size - 1) / page_size,
        });
    });

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
