using System.Net;
using SkyPanel.Functions.Http;

namespace SkyPanel.Benchmarks;

/// <summary>A repeating sequence of requests, as dashboards, scripts and a caller who guesses keys send them.</summary>
/// <param name="servers">The number of servers that were billed before, with ids from 1 on. The ids of their owners are one higher.</param>
internal sealed class LoadMix(string key, int servers, int runs)
{
    private const string Logs = "/api/admin/cron/logs";

    /// <summary>The kinds of twenty requests; the last one has a wrong key.</summary>
    public string[] Kinds { get; } =
    [
        "status", "logs", "account", "logs of a job", "charges", "run", "settings", "status", "logs", "account",
        "logs, deep", "validate", "charges", "status", "logs", "account", "logs of a job", "run", "status", "wrong key",
    ];

    public LoadRequest Of(int number)
    {
        var kind = Kinds[number % Kinds.Length];
        return kind switch
        {
            "status" => Get(kind, "/api/admin/cron/status"),
            "logs" => Get(kind, Logs),
            "logs of a job" => Get(kind, $"{Logs}?job=hourly-billing&status=succeeded"),
            "logs, deep" => Get(kind, $"{Logs}?cursor={runs / 2}"),
            "run" => Get(kind, $"/api/admin/cron/runs/{1 + number % runs}"),
            "account" => Get(kind, $"/api/admin/billing/accounts/{2 + number % servers}"),
            "charges" => Get(kind, $"/api/admin/billing/servers/{1 + number % servers}/charges"),
            "settings" => Get(kind, "/api/admin/cron/jobs/hourly-billing/settings"),
            "validate" => new(kind, "/api/admin/cron/validate", key, new { schedule = "0 */2 * * *", timeZone = "Europe/Berlin" },
                HttpStatusCode.OK),
            // A new wrong key each time. Repeated guesses of one address are answered 429.
            _ => new(kind, "/api/admin/cron/status", ApiKey.New(ApiKey.NewId()), null, HttpStatusCode.Unauthorized,
                HttpStatusCode.TooManyRequests),
        };
    }

    private LoadRequest Get(string kind, string path) => new(kind, path, key, null, HttpStatusCode.OK);
}
