using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Serves the lists of transactions and of disputes in pages.</summary>
internal static class PayPalReports
{
    private static readonly TimeSpan LongestRange = TimeSpan.FromDays(31);

    public static void Map(WebApplication app, PayPalBooks books)
    {
        app.MapGet("/v1/customer/disputes", (string update_time_after, int page_size, int page) =>
        {
            var all = books.Disputes(Instant(update_time_after));
            var answer = new JsonObject { ["items"] = new JsonArray([.. all.Skip((page - 1) * page_size).Take(page_size)]) };
            if (all.Length > page * page_size)
                answer["links"] = new JsonArray(new JsonObject { ["rel"] = "next", ["href"] = $"?page={page + 1}" });
            return Shape.Json(answer);
        });
        app.MapGet("/v1/reporting/transactions", (string start_date, string end_date, int page_size, int page) =>
        {
            var (from, until) = (Instant(start_date), Instant(end_date));
            if (until - from > LongestRange)
                return Shape.Json(
                    PayPalSimulator.Error("INVALID_REQUEST", "INVALID_DATE_RANGE", "The range is greater than 31 days."), 400);
            var all = books.Transactions(from, until);
            var shown = all.Skip((page - 1) * page_size).Take(page_size).Select(one => one!.DeepClone());
            return Shape.Json(new JsonObject
            {
                ["transaction_details"] = new JsonArray([.. shown]),
                ["page"] = page,
                ["total_items"] = all.Count,
                ["total_pages"] = (all.Count + page_size - 1) / page_size,
            });
        });
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
