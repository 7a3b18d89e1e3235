using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Demo;

/// <summary>Enables hourly billing and top-ups at the first start on a database, triggers billing and prints the bill, all over HTTP like
/// an operator. Later starts change nothing.</summary>
/// <param name="enablesTopUps">Whether PayPal is simulated, too.</param>
internal sealed class DemoBill(string address, string key, bool enablesTopUps)
{
    private const string Settings = "/api/admin/cron/jobs/hourly-billing/settings";
    private const string FullHour = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public async Task PrintAsync(CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new(address) };
        http.DefaultRequestHeaders.Add("x-api-key", key);
        if (await http.GetFromJsonAsync<JsonObject>(Settings, ct) is { } stored && stored["takenOverAt"] is not null)
        {
            Console.WriteLine($"{Environment.NewLine}Hourly billing is {(stored["enabled"]!.GetValue<bool>() ? "on" : "off")}, as it was " +
                $"when the demo stopped.");
            return;
        }
        using var enabled = await http.PutAsJsonAsync(Settings, new { enabled = true, note = "demo" }, ct);
        enabled.EnsureSuccessStatusCode();
        if (enablesTopUps)
        {
            using var payments = await http.PutAsJsonAsync("/api/admin/cron/jobs/payments/settings", new { enabled = true, note = "demo" },
                ct);
            payments.EnsureSuccessStatusCode();
        }
        using var triggered = await http.PostAsync("/api/admin/cron/trigger-hourly-billing", null, ct);
        var answer = await triggered.Content.ReadFromJsonAsync<JsonObject>(ct);
        if (answer?["runId"] is not { } runId)
        {
            Console.WriteLine(answer?["detail"]);
            return;
        }
        var run = await http.GetFromJsonAsync<JsonObject>($"/api/admin/cron/runs/{runId}", ct);
        var lines = run!["servers"]!.AsArray();

        if (lines.Count > 0)
            await PrintAsync(http, runId, lines, ct);
        else
            Console.WriteLine($"{Environment.NewLine}Run {runId}: every hour that has ended was billed before.");
    }

    /// <summary>Credits hours of a server.</summary>
    public static async Task CreditAsync(
        string address, string key, int serverId, DateTimeOffset from, DateTimeOffset until, string reason, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new(address) };
        http.DefaultRequestHeaders.Add("x-api-key", key);
        using var corrected = await http.PostAsJsonAsync($"/api/admin/billing/servers/{serverId}/corrections",
            new { fromHour = from.ToString(FullHour, CultureInfo.InvariantCulture),
                untilHour = until.ToString(FullHour, CultureInfo.InvariantCulture), secondsPerHour = 0, reason }, ct);
        corrected.EnsureSuccessStatusCode();
    }

    private static async Task PrintAsync(HttpClient http, JsonNode runId, JsonArray lines, CancellationToken ct)
    {
        Console.WriteLine();
        Console.WriteLine($"Run {runId}: hours that ended and were not billed before. The panel had charged each server's first hour.");
        Console.WriteLine("  server  customer  hours   seconds  from (UTC)        amount      = monthly price x seconds / (730 x 3600)");
        foreach (var line in lines)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {Text(line, "serverId"),-6}  {Text(line, "userId"),-8}  {Text(line, "hours"),5}  {Text(line, "secondsBilled"),8}  " +
                    $"{Text(line, "fromHour")[..16]}  {Text(line, "amount")}"));
        Console.WriteLine();
        Console.WriteLine("  customer  charged     tokens taken  carried");
        foreach (var ofUser in lines.GroupBy(line => Text(line, "userId")).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var charged = ofUser.Sum(line => decimal.Parse(Text(line, "amount"), CultureInfo.InvariantCulture));
            var account = await http.GetFromJsonAsync<JsonObject>($"/api/admin/billing/accounts/{ofUser.Key}", ct);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {ofUser.Key,-8}  {charged,-10:0.000000}  {Text(account, "tokensTaken"),12}  {Text(account, "carried")}"));
        }
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.ToString() ?? "";
}
