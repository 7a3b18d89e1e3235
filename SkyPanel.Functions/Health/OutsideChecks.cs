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

    private const string ReadingSql = """
        select clock_timestamp() - max(observed_at) filter (where is_complete) as age,
               exists (select from cron_service.observations) as was_ever_read,
               (select message from cron_service.observations order by id desc limit 1) as message
        from cron_service.observations where observed_at > now() - interval '7 days'
        """;

    public IEnumerable<Check> All =>
    [
        new("database", false, (_, ct) => DatabaseAsync(ct)),
        new(VirtFusionName, false, (_, ct) => VirtFusionAsync(ct)),
        new("readings", false, ReadingsAsync),
        new("discord", false, async (_, ct) => (await DiscordAsync(ct)).ToResult("api")),
    ];

    /// <summary>Examines how old the last complete reading of VirtFusion is.</summary>
    /// <returns>A warning before the first reading.</returns>
    public async Task<Finding> ReadingAsync(CancellationToken ct)
    {
        var (age, wasEverRead, message) = (await database.QueryAsync(ReadingSql, row => (row.Nullable<TimeSpan?>("age"),
            row.Get<bool>("was_ever_read"), row.Nullable<string>("message")), ct))[0];
        if (!wasEverRead)
            return Finding.Warning("observations", "VirtFusion's servers were never read.",
                "Wait for the heartbeat's first reading, or trigger a run.");
        var told = age is null ? "No reading was complete in 7 days"
            : FormattableString.Invariant($"The last complete reading is {age.Value.TotalMinutes:0} minutes old");
        return age <= metering.Value.ObserveEvery * 3 ? Finding.Ok("observations", $"{told}.")
            : Finding.Failing("observations", $"{told}, more than three times Metering:ObserveEvery. {message}".TrimEnd(),
                "See whether the heartbeat's timer fires (Cron:Heartbeat:Schedule) and VirtFusion answers.");
    }

    /// <summary>Asks Discord for the webhook.</summary>
    public async Task<Finding> DiscordAsync(CancellationToken ct)
    {
        var (webhook, problem) = await settings.ReadAsync(ct);
        if (webhook is null)
            return problem is not null ? Finding.Failing("discord", $"{problem}.", "Correct it where it is set.")
                : Finding.Off("discord", "No Discord webhook is set: nobody is alerted.",
                "Set Discord:WebhookUrl, or discord_webhook_url in the panel's settings.");
        return await discord.FindAsync(webhook, ct) switch
        {
            DiscordAnswer.Ok => Finding.Ok("discord", "Discord's webhook is there."),
            DiscordAnswer.RateLimited(var wait) => Finding.Warning("discord", $"Discord asks to wait {wait.TotalSeconds:0} seconds.",
                "Nothing: messages go out after that."),
            DiscordAnswer.Closed(var reason) => Finding.Failing("discord", $"{reason}.",
                "Make a new one in the channel's settings, and set Discord:WebhookUrl or discord_webhook_url in the panel's settings."),
            DiscordAnswer.Refused(var reason) => Finding.Failing("discord", $"{reason}.", "Check the webhook's address."),
            DiscordAnswer.Unknown(var reason) =>
                Finding.Failing("discord", $"{reason}.",
                    "Check that discord.com can be reached from here; messages wait for it, a day at most."),
            _ => throw new InvalidOperationException("An answer of Discord without a meaning."),
        };
    }

    private async Task<CheckResult?> DatabaseAsync(CancellationToken ct) =>
        (await Server.ReadAsync(database, time, ct)).Clock().ToResult("database");

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
    private async Task<CheckResult?> ReadingsAsync(CheckPass pass, CancellationToken ct) =>
        !pass.IsFailing(VirtFusionName) && await ReadingAsync(ct) is { State: not FindingState.Warning } found
            ? found.ToResult("api") : null;
}
