using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Health;

/// <summary>Checks the dependencies: the database, VirtFusion and its last reading, Discord.</summary>
public sealed class OutsideChecks(
    NpgsqlDataSource database, VirtFusionClient virtFusion, PanelConnection panel, DiscordSettings settings, DiscordClient discord,
    TimeProvider time, IOptions<MeteringOptions> metering)
{
    private const string VirtFusionName = "virtfusion";

    // A claim's deadline is watched on both clocks: so far apart, debits would be given up before they are sent.
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(5);


    private const string ReadingSql = """
        select extract(epoch from now() - max(observed_at) filter (where is_complete))::bigint as seconds_since,
            (select exists (select from cron_service.observations)) as was_ever_read,
               (select message from cron_service.observations order by id desc limit 1) as message
        from cron_service.observations where observed_at > now() - interval '7 days'
        """;

    public IEnumerable<Check> All =>
    [
        new("database", false, (_, ct) => DatabaseAsync(ct)),
        new(VirtFusionName, false, (_, ct) => VirtFusionAsync(ct)),
        new("readings", false, ReadingsAsync),
        new("discord", false, (_, ct) => DiscordAsync(ct)),
    ];

    private async Task<CheckResult?> DatabaseAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow();
        var theirs = await DatabaseClock.NowAsync(database, ct);
        var took = time.GetUtcNow() - before;
        var skew = (theirs - (before + took / 2)).Duration();
        return skew <= MostSkew + took ? CheckResult.Ok($"answers in {took.TotalMilliseconds:0} ms, clocks {skew.TotalSeconds:0.0} s apart")
            : CheckResult.Failing($"The database's clock and this machine's are {skew.TotalSeconds:0} s apart: synchronise them (NTP); " +
                $"debits are given up before they are sent, and more than {DatabaseClock.MaxDifference.TotalMinutes:0} minutes apart " +
                $"nothing new is charged.", "database");
    }

    private async Task<CheckResult?> VirtFusionAsync(CancellationToken ct)
    {
        try
        {
            await panel.RefreshAsync(ct);
        }
        catch (StartException e)
        {
            return CheckResult.Failing($"{e.Message} Mend the panel's setting.", "api");
        }
        catch (VirtFusionException e)
        {
            return CheckResult.Failing($"{e.Message} Nothing is billed that isn't known, and nothing is lost.", "api");
        }
        return await virtFusion.ProbeAsync(ct) switch
        {
            null => CheckResult.Ok("answers, and takes the token"),
            (401, var message) => CheckResult.Failing(
                $"VirtFusion refuses the API token ({message}): make a new one and set VirtFusion__ApiToken or " +
                $"settings.virtfusion_api_token. Nothing is lost, it waits.", "api"),
            (429, var message) => CheckResult.Unknown($"VirtFusion asks to be left alone for a while ({message})"),
            var (_, message) => CheckResult.Failing(
                $"VirtFusion can't be asked ({message}). Nothing is billed that isn't known, and nothing is lost: see that it comes back.",
                "api"),
        };
    }

    // Has no result while the check of VirtFusion fails, or before the first heartbeat.
    private async Task<CheckResult?> ReadingsAsync(CheckPass pass, CancellationToken ct)
    {
        if (pass.IsFailing(VirtFusionName))
            return null;
        var (seconds, wasEverRead, message) = (await database.QueryAsync(ReadingSql,
            row => (row.Nullable<long?>("seconds_since"), row.GetBoolean(1), row.Nullable<string>("message")), ct))[0];
        var most = metering.Value.ObserveEvery * 3;
        return seconds is { } since && TimeSpan.FromSeconds(since) <= most
            ? CheckResult.Ok($"the servers were read completely {since} s ago")
            : !wasEverRead ? null
            : CheckResult.Failing($"VirtFusion's servers were last read completely " +
                $"{(seconds is null ? "more than 7 days" : $"{seconds / 60} min")} ago, more than three times Metering__ObserveEvery: " +
                $"see that the heartbeat runs. {message}", "api");
    }

    private async Task<CheckResult?> DiscordAsync(CancellationToken ct)
    {
        var (webhook, problem) = await settings.ReadAsync(ct);
        if (webhook is null)
            return problem is null ? CheckResult.Ok("is off: no webhook is set") : CheckResult.Failing($"{problem}.", "api");
        return await discord.FindAsync(webhook, ct) switch
        {
            DiscordAnswer.Ok => CheckResult.Ok("the webhook is there"),
            DiscordAnswer.RateLimited(var wait) => CheckResult.Unknown($"Discord asks to wait {wait.TotalSeconds:0.#} s"),
            DiscordAnswer.Closed(var reason) =>
                CheckResult.Failing($"{reason}: make a new one in the channel's settings, and set Discord__WebhookUrl or " +
                $"settings.discord_webhook_url.", "api"),
            DiscordAnswer.Refused(var reason) => CheckResult.Failing($"{reason}.", "api"),
            DiscordAnswer.Unknown(var reason) => CheckResult.Failing($"{reason}. Alerts wait for it, a day at most.", "api"),
            var other => throw new InvalidOperationException(other.GetType().Name),
        };
    }
}
