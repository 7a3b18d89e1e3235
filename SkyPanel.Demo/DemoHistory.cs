using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>Gives the demo a past: six customers whose servers the panel's own engine billed first, and then this app, hour by hour, by
/// its own runs as of those hours.</summary>
/// <param name="observe">Reads and records as of an instant.</param>
/// <param name="bill">Executes a billing run as of a full hour.</param>
internal sealed class DemoHistory(
    VirtFusionSimulator virtFusion, NpgsqlDataSource database, Func<DateTimeOffset, CancellationToken, Task> observe,
    Func<DateTimeOffset, CancellationToken, Task> bill)
{
    public const string Setting = "Demo:History";

    private const int RunsDry = 9, LosesAnAnswer = 8, LateServer = 2010;
    private const double HoursLeft = 10;

    private static readonly TimeSpan Default = TimeSpan.FromDays(3), Longest = TimeSpan.FromDays(366), Hourly = TimeSpan.FromDays(4);
    private static readonly TimeSpan LongestOfPanel = TimeSpan.FromDays(3), Eventful = TimeSpan.FromDays(2);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), LongStep = TimeSpan.FromHours(6);

    // What happens, by the share of the last two days, or of the time since the take-over. Each happens once.
    private readonly List<(double Share, Func<DateTimeOffset, CancellationToken, Task> Happens)> _events = [];

    /// <summary>Reads how long it is; zero for none.</summary>
    /// <exception cref="OptionsValidationException">The setting is no time span, or out of range.</exception>
    public static TimeSpan LengthOf(string? setting) => string.IsNullOrEmpty(setting) ? Default
        : TimeSpan.TryParseExact(setting, ["c", "h\\:mm\\:ss"], CultureInfo.InvariantCulture, out var length) && length >= TimeSpan.Zero
            && length <= Longest
            ? length : throw new OptionsValidationException(Setting, typeof(DemoHistory),
                [$"{Setting} '{setting}' must be a time span from 00:00:00 to {Longest}, such as 3.00:00:00."]);

    /// <summary>Plays it, up to the full hour that has ended.</summary>
    /// <returns>When the app took over from the panel's engine.</returns>
    public async Task<DateTimeOffset> PlayAsync(DateTimeOffset now, TimeSpan length, CancellationToken ct)
    {
        var end = Floor(now);
        var begin = Floor(end - length);
        var takeOver = Floor(begin + (length / 3 < LongestOfPanel ? length / 3 : LongestOfPanel));
        var eventful = end - takeOver < Eventful ? end - takeOver : Eventful;
        await DemoHistoryFleet.SeedAsync(database, virtFusion, begin, TokensOf(begin, takeOver, end), ct);
        Plan();
        for (var (last, at) = (begin, begin); at <= end; (last, at) = (at, Next(at, takeOver, end)))
        {
            var since = await DemoClock.NowAsync(database, ct);
            if (at <= takeOver)
            {
                await PanelEngine.BillAsync(database, virtFusion, last, at, ct);
                await observe(at, ct);
            }
            else
            {
                await HappenAsync(1 - (end - at) / eventful, at, ct);
                await bill(at, ct);
            }
            await DemoClock.DateBackAsync(database, since, at, ct);
        }
        virtFusion.Faults.Clear();
        return takeOver;
    }

    private void Plan()
    {
        _events.Add((0.25, (_, _) => Do(() => virtFusion.Suspend(2002))));
        _events.Add((0.45, (_, _) => Do(() => virtFusion.Unsuspend(2002))));
        _events.Add((0.35, (_, ct) => DemoHistoryFleet.SetPriceAsync(database, 2004, 25m, ct)));
        _events.Add((0.55, (_, _) => Do(() => virtFusion.Faults.Add("GET", "servers", Fault.Answer(503).With("Retry-After", "0")))));
        _events.Add((0.62, (_, _) => Do(virtFusion.Faults.Clear)));
        _events.Add((0.70, (_, _) => Do(() => virtFusion.Faults.Add(
            "POST", $"selfService/credit/byUserExtRelationId/{LosesAnAnswer}", Fault.Reset().AfterActing(), times: 1))));
        _events.Add((0.85, (at, ct) => DemoHistoryFleet.EnrolLateAsync(database, virtFusion, LateServer, 10, 30m, at.AddHours(-31), ct)));
    }

    private async Task HappenAsync(double share, DateTimeOffset at, CancellationToken ct)
    {
        foreach (var due in _events.Where(one => one.Share <= share).OrderBy(one => one.Share).ToArray())
        {
            _events.Remove(due);
            await due.Happens(at, ct);
        }
    }

    // One customer has as many as last for some hours more, if a server costs price x hours / 730.
    private static Dictionary<int, decimal> TokensOf(DateTimeOffset begin, DateTimeOffset takeOver, DateTimeOffset end)
    {
        var mine = DemoHistoryFleet.Servers.Where(server => server.UserId == RunsDry).ToArray();
        var (panelHours, hours) = ((decimal)(takeOver - begin).TotalHours, (decimal)((end - takeOver).TotalHours + HoursLeft));
        return DemoHistoryFleet.Servers.Select(server => server.UserId).Append(10).Distinct()
            .ToDictionary(user => user, user => user != RunsDry ? 20_000m
            : decimal.Ceiling(mine.Sum(server => PanelEngine.TokensAnHour(server.Price) * panelHours + server.Price * 100 * hours / 730)));
    }

    // The panel's hours are observed in longer steps, and a long history is billed in them until its last days: the hours are the same.
    private static DateTimeOffset Next(DateTimeOffset at, DateTimeOffset takeOver, DateTimeOffset end) =>
        at < takeOver ? Earlier(at + LongStep, takeOver) : end - at <= Hourly ? at + Hour : Earlier(at + LongStep, end - Hourly);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Floor(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerHour));

    private static Task Do(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
