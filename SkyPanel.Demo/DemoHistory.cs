using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>Plays a history of six customers, billed first by the panel's engine and then by this app, with its own runs as of each
/// hour.</summary>
/// <param name="observe">Records an observation as of an instant.</param>
/// <param name="bill">Executes a billing run as of a full hour.</param>
internal sealed class DemoHistory(
    VirtFusionSimulator virtFusion, NpgsqlDataSource database, Func<DateTimeOffset, CancellationToken, Task> observe,
    Func<DateTimeOffset, CancellationToken, Task> bill)
{
    public const string Setting = "Demo:History";

    private const int NearlyEmpty = 9, LostAnswer = 8, LateServer = 2010;
    private const double HoursLeft = 10;

    private static readonly TimeSpan DefaultLength = TimeSpan.FromDays(3), MaxLength = TimeSpan.FromDays(366),
        HourlyTime = TimeSpan.FromDays(4);
    private static readonly TimeSpan MaxPanelTime = TimeSpan.FromDays(3), EventTime = TimeSpan.FromDays(2);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), LongStep = TimeSpan.FromHours(6);

    // The events, each at a share of the last two days, or of the shorter time since the take-over.
    private readonly List<(double Share, Func<DateTimeOffset, CancellationToken, Task> ActAsync)> _events = [];

    /// <summary>Parses the length of the history; zero for none.</summary>
    /// <exception cref="OptionsValidationException">The setting isn't a time span or is out of range.</exception>
    public static TimeSpan ParseLength(string? setting) => string.IsNullOrEmpty(setting) ? DefaultLength
        : TimeSpan.TryParseExact(setting, ["c", "h\\:mm\\:ss"], CultureInfo.InvariantCulture, out var length) && length >= TimeSpan.Zero
            && length <= MaxLength
            ? length : throw new OptionsValidationException(Setting, typeof(DemoHistory),
                [$"{Setting} '{setting}' must be a time span from 00:00:00 to {MaxLength}, such as 3.00:00:00."]);

    /// <summary>Plays the history up to the latest full hour.</summary>
    /// <returns>The time of the take-over from the panel's engine.</returns>
    public async Task<DateTimeOffset> PlayAsync(DateTimeOffset now, TimeSpan length, CancellationToken ct)
    {
        var end = Floor(now);
        var begin = Floor(end - length);
        var takeOver = Floor(begin + (length / 3 < MaxPanelTime ? length / 3 : MaxPanelTime));
        var eventTime = end - takeOver < EventTime ? end - takeOver : EventTime;
        await DemoHistoryFleet.SeedAsync(database, virtFusion, begin, StartTokens(begin, takeOver, end), ct);
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
                await RunEventsAsync(1 - (end - at) / eventTime, at, ct);
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
            "POST", $"selfService/credit/byUserExtRelationId/{LostAnswer}", Fault.Reset().AfterActing(), times: 1))));
        _events.Add((0.85, (at, ct) => DemoHistoryFleet.EnrolLateAsync(database, virtFusion, LateServer, 10, 30m, at.AddHours(-31), ct)));
    }

    private async Task RunEventsAsync(double share, DateTimeOffset at, CancellationToken ct)
    {
        foreach (var due in _events.Where(one => one.Share <= share).OrderBy(one => one.Share).ToArray())
        {
            _events.Remove(due);
            await due.ActAsync(at, ct);
        }
    }

    // One customer's tokens last for a few more hours, if a server costs price x hours / 730.
    private static Dictionary<int, decimal> StartTokens(DateTimeOffset begin, DateTimeOffset takeOver, DateTimeOffset end)
    {
        var mine = DemoHistoryFleet.Servers.Where(server => server.UserId == NearlyEmpty).ToArray();
        var (panelHours, hours) = ((decimal)(takeOver - begin).TotalHours, (decimal)((end - takeOver).TotalHours + HoursLeft));
        return DemoHistoryFleet.Servers.Select(server => server.UserId).Append(10).Distinct()
            .ToDictionary(user => user, user => user != NearlyEmpty ? 20_000m
            : decimal.Ceiling(mine.Sum(server => PanelEngine.TokensAnHour(server.Price) * panelHours + server.Price * 100 * hours / 730)));
    }

    // Uses longer steps for the panel's time and for all but the last days of a long history. The billed hours are the same.
    private static DateTimeOffset Next(DateTimeOffset at, DateTimeOffset takeOver, DateTimeOffset end) =>
        at < takeOver ? Earlier(at + LongStep, takeOver) : end - at <= HourlyTime ? at + Hour : Earlier(at + LongStep, end - HourlyTime);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Floor(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerHour));

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
