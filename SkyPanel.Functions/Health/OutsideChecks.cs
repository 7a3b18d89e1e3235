using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Health;

/// <summary>Checks the dependencies: the database, VirtFusion and its last reading, Discord.</summary>
public sealed class OutsideChecks(
    NpgsqlDataSource database, VirtFusionClient virtFusion, VirtFusionConnection connection, PanelConnection panel,
    DiscordSettings settings, DiscordClient discord, TimeProvider time, IOptions<MeteringOptions> metering)
{
    private const string VirtFusionName = "virtfusion";

    private const string ReadingSql = """
        select clock_timestamp() - max(observed_at) filter (where is_complete) as age,
               exists (select from cron_service.observations) as was_ever_read,
               (select message from cron_service.observations order by id desc limit 1) as message
        from cron_service.observations where observed_at > now() - interval '7 days'
        """;

    private const string AnyUserSql = "select user_id from cron_service.accounts where kind = 'customer' order by id limit 1";

    public IEnumerable<Check> All =>
    [
        new("database", false, async (_, ct) => (await Server.ReadAsync(database, time, ct)).Clock()),
        new(VirtFusionName, false, async (_, ct) => await VirtFusionAsync(ct)),
        new("readings", false, ReadingsAsync),
        new("discord", false, async (_, ct) => await DiscordAsync(ct) with { Kind = "api" }),
    ];

    /// <summary>Examines how old the last complete reading of VirtFusion is.</summary>
    /// <returns>A warning before the first reading.</returns>
    public async Task<Finding> ReadingAsync(CancellationToken ct)
    {
        var (age, wasEverRead, message) = (await database.QueryAsync(ReadingSql, row => (row.Nullable<TimeSpan?>("age"),
            row.Get<bool>("was_ever_read"), row.Nullable<string>("message")), ct))[0];
        if (!wasEverRead)
            return Finding.Warning("VirtFusion's servers were never read.",
                "Wait for the heartbeat's first reading, or trigger a run.");
        var told = age is null ? "No reading was complete in 7 days"
            : FormattableString.Invariant($"The last complete reading is {age.Value.TotalMinutes:0} minutes old");
        return age <= metering.Value.ObserveEvery * 3 ? Finding.Ok($"{told}.")
            : Finding.Failing($"{told}, more than three times Metering:ObserveEvery. {message}".TrimEnd(),
                "See whether the heartbeat's timer fires (Cron:Heartbeat:Schedule) and VirtFusion answers.", "api");
    }

    /// <summary>Asks Discord for the webhook.</summary>
    public async Task<Finding> DiscordAsync(CancellationToken ct)
    {
        var (webhook, problem) = await settings.ReadAsync(ct);
        if (webhook is null)
            return problem is not null ? Finding.Failing($"{problem}.", "Correct it where it is set.")
                : Finding.Off("No Discord webhook is set: nobody is alerted.",
                "Set Discord:WebhookUrl, or discord_webhook_url in the panel's settings.");
        return await discord.FindAsync(webhook, ct) switch
        {
            DiscordAnswer.Ok => Finding.Ok("Discord's webhook is there."),
            DiscordAnswer.RateLimited(var wait) => Finding.Warning($"Discord asks to wait {wait.TotalSeconds:0} seconds.",
                "Nothing: messages go out after that."),
            DiscordAnswer.Closed(var reason) => Finding.Failing($"{reason}.",
                "Make a new one in the channel's settings, and set Discord:WebhookUrl or discord_webhook_url in the panel's settings."),
            DiscordAnswer.Refused(var reason) => Finding.Failing($"{reason}.", "Check the webhook's address."),
            DiscordAnswer.Unknown(var reason) =>
                Finding.Failing($"{reason}.",
                    "Check that discord.com can be reached from here; messages wait for it, a day at most."),
            _ => throw new InvalidOperationException("An answer of Discord without a meaning."),
        };
    }

    /// <summary>Asks VirtFusion for a balance, as each debit does.</summary>
    public async Task<Finding> VirtFusionAsync(CancellationToken ct)
    {
        try
        {
            await panel.RefreshAsync(ct);
        }
        catch (StartException e)
        {
            return Finding.Failing(e.Message, "Mend the panel's setting.", "api");
        }
        catch (VirtFusionException e)
        {
            return Finding.Failing(e.Message, "Nothing is billed that isn't known, and nothing is lost.", "api");
        }
        if (connection.BaseAddress is not { } address)
            return Finding.Failing("VirtFusion's address and token are not known: nothing is asked of it.",
                "See what is found about secrets, or set VirtFusion:BaseUrl and VirtFusion:ApiToken.", "api");
        var name = $"VirtFusion at {address.Host}";
        var user = await database.FindAsync<int?>(AnyUserSql, ct);
        return await virtFusion.ReadBalanceAsync(user ?? 0, ct) switch
        {
            BalanceReading.Tokens => Finding.Ok($"{name} answers, takes the token, and shows wallets."),
            // Its first customer may have left.
            BalanceReading.Refused(404 or 422, _) => Finding.Ok($"{name} answers and takes the token."),
            BalanceReading.Unauthorized => Finding.Failing($"{name} refuses the API token.",
                "Make a new token in VirtFusion, and set it in VirtFusion:ApiToken or the panel's settings. Nothing is lost, it waits.",
                "api"),
            BalanceReading.RateLimited => Finding.Warning($"{name} answers that there were too many calls.",
                "Lower VirtFusion:RequestsPerSecond, or ask its administrator for more."),
            BalanceReading.Refused(var status, var message) => Finding.Failing($"{name} answers {status}: {message}",
                "Check that the base address ends in /api/v1, and what the token may do.", "api"),
            BalanceReading.Unknown(var reason) => Finding.Failing($"{name}: {reason}",
                "Check that it runs and can be reached from here; nothing is billed from unknown states.", "api"),
            _ => throw new InvalidOperationException("An answer of VirtFusion without a meaning."),
        };
    }

    // Has no result while the check of VirtFusion fails, or before the first heartbeat.
    private async Task<Finding?> ReadingsAsync(CheckPass pass, CancellationToken ct) =>
        !pass.IsFailing(VirtFusionName) && await ReadingAsync(ct) is { State: not FindingState.Warning } found ? found : null;
}
