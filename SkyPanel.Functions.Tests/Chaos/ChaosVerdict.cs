using System.Net;
using System.Text;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Waits until the panel is idle, checks what must hold then, and prints what happened.</summary>
internal sealed partial class ChaosVerdict(ChaosPanel panel, ChaosDriver driver)
{
    private const string NothingOpenSql = """
        select not exists (select from cron_service.debits where state in ('sending', 'in_doubt') or state = 'pending' and not is_short)
               and not exists (select from cron_service.runs where status = 'running')
        """;

    private const string LastRunSql =
        "select started_at, finished_at, status from cron_service.runs where job = 'hourly-billing' and status <> 'skipped' order by id " +
        "desc limit 1";
    private const string DebitsSql =
        "select d.id, a.user_id, d.state, case when d.kind in ('debit', 'claw_back') then d.tokens else -d.tokens end, " +
        "coalesce(d.message, ''), d.attempts from cron_service.debits d join cron_service.accounts a on a.id = d.account_id order by d.id";
    private const string WaitingSql = "select exists (select from cron_service.holds where state in ('open', 'approved'))";
    private const string HoldsSql =
        "select s.server_id, s.charged_until, s.until_hour from cron_service.hold_spans s where s.charged_until < s.until_hour";
    private const string TimesSql = "select server_id, count(*), count(distinct hour_start) from cron_service.charges group by server_id";
    private const string ChargesSql = """
        select c.server_id, c.hour_start, c.seconds_billed, t.id, t.price, t.price_seconds / 3600
        from cron_service.charges c join cron_service.terms t on t.id = c.terms_id
        """;
    private const string CorrectionsSql = """
        select h.server_id, h.hour_start, c.seconds, c.price_micros * 0.000001, c.restores
        from cron_service.corrections c join cron_service.corrected_hours h on h.correction_id = c.id order by c.id
        """;
    private const string NetSql = """
        select server_id, sum(amount) from (
            select server_id, amount from cron_service.charges
            union all
            select server_id, case kind when 'supplement' then amount else -amount end from cron_service.adjustments) l
        group by server_id
        """;
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(90), LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly List<string> _broken = [];
    private DateTimeOffset _cutoff;
    // Negative tokens are refunds.
    private List<(long Id, int User, string State, long Tokens, string Message, int Attempts)> _debits = [];

    /// <summary>The violated laws, in words.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Bills until nothing is in progress, and the last run saw everything within one hour of the clock.</summary>
    public async Task SettleAsync()
    {
        var since = TimeProvider.System.GetTimestamp();
        await driver.EnableAsync(0);
        for (var at = 0; ; at++)
        {
            await driver.DecideAsync(panel.Apps[at % panel.Apps.Count].Process!, coin: at % 2 == 0);
            var (status, _) = await panel.Apps[at % panel.Apps.Count].Process!.PostAsync(OutsidePanel.Trigger);
            var last = await panel.QueryAsync(LastRunSql, row => (Started: row.GetFieldValue<DateTimeOffset>(0), Finished: row.IsDBNull(1)
                ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(1), Status: row.GetString(2)));
            if (status == HttpStatusCode.OK && await panel.ScalarAsync<bool>(NothingOpenSql) && !await panel.ScalarAsync<bool>(WaitingSql)
                && last is [{ Finished: { } finished, Status: "succeeded" or "partial" } run] && Hour(run.Started) == Hour(finished))
            {
                _cutoff = Hour(finished);
                return;
            }
            if (TimeProvider.System.GetElapsedTime(since) > SettlesWithin)
            {
                _broken.Add($"It did not come to rest within {SettlesWithin.TotalSeconds:0} s: trigger {status}, last run " +
                    $"{(last.Count > 0 ? last[0].ToString() : "none")}.");
                _cutoff = Hour(TimeProvider.System.GetUtcNow());
                return;
            }
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async Task JudgeAsync()
    {
        foreach (var failure in driver.Failures)
            _broken.Add(failure);
        await JudgeIntegrityAsync();
        await JudgeServersAsync();
        await JudgeWalletsAsync();
        await JudgeCustomersAsync();
        foreach (var run in await panel.QueryAsync(
            "select id from cron_service.runs r where status = 'running' and not exists (select from cron_service.leases l where l.job = " +
            "r.job and l.expires_at > now())", row => row.GetInt64(0)))
            _broken.Add($"Run {run} is running, and has no lease.");
    }

    private async Task JudgeIntegrityAsync()
    {
        var (status, body) = await panel.Apps[0].Process!.GetAsync("/api/admin/billing/integrity");
        if (status != HttpStatusCode.OK || body["ok"]?.GetValue<bool>() != true)
            _broken.Add($"Integrity: {status} {body.ToJsonString()}");
    }

    // Computes a server's cost in exact fractions: its hours from the enrolment alone, at its prices, with people's corrections.
    private async Task JudgeServersAsync()
    {
        var holds = (await panel.QueryAsync(HoldsSql, row => (Server: row.GetInt32(0), From: row.GetFieldValue<DateTimeOffset>(1),
            Until: row.GetFieldValue<DateTimeOffset>(2)))).ToLookup(hold => hold.Server);
        var times = (await panel.QueryAsync(TimesSql, row => (Server: row.GetInt32(0), Rows: row.GetInt64(1), Hours: row.GetInt64(2))))
            .ToDictionary(row => row.Server);
        var charged = (await panel.QueryAsync(ChargesSql,
            row => (Server: row.GetInt32(0), Hour: new ExactBill.Hour(row.GetFieldValue<DateTimeOffset>(1),
            new(DateTimeOffset.UnixEpoch.AddSeconds(row.GetInt64(3)), row.GetDecimal(4), row.GetInt32(5)), row.GetInt32(2),
                row.GetDecimal(4))))).ToLookup(row => row.Server, row => row.Hour);
        var corrections = (await panel.QueryAsync(CorrectionsSql,
            row => (Server: row.GetInt32(0), Hour: row.GetFieldValue<DateTimeOffset>(1),
            Seconds: row.IsDBNull(2) ? (int?)null : row.GetInt32(2), Price: row.IsDBNull(3) ? (decimal?)null : row.GetDecimal(3),
                Restores: row.GetBoolean(4)))).ToLookup(row => row.Server);
        var net = (await panel.QueryAsync(NetSql, row => (Server: row.GetInt32(0), Amount: row.GetDecimal(1))))
            .ToDictionary(row => row.Server, row => row.Amount);
        foreach (var server in driver.Servers)
        {
            var row = times.GetValueOrDefault(server.Id);
            if (row.Rows != row.Hours)
                _broken.Add($"Server {server.Id} was charged {row.Rows} times for {row.Hours} hours.");
            var expected = HoursOf(server, [.. holds[server.Id].Select(hold => (hold.From, hold.Until))]);
            var actual = charged[server.Id].ToDictionary(hour => hour.Start);
            foreach (var hour in expected.Keys.Union(actual.Keys).Order())
            {
                var (most, seconds) = (expected.GetValueOrDefault(hour), actual.GetValueOrDefault(hour)?.Seconds ?? 0);
                if (server.IsChanged ? seconds > most : seconds != most)
                    _broken.Add($"Server {server.Id} was charged {seconds} seconds of {hour:O}, and ran " +
                        $"{(server.IsChanged ? "at most " : "")}{most}.");
            }
            foreach (var hour in actual.Values.Where(hour => !server.IsChanged
                && (hour.Price, hour.Segment.BasisHours) != (server.Price, server.BasisHours)))
                _broken.Add($"Server {server.Id} was charged at {hour.Price} a {hour.Segment.BasisHours} h in {hour.Start:O}, and costs " +
                    $"{server.Price} a {server.BasisHours} h.");

            var corrected = new Dictionary<DateTimeOffset, ExactBill.Hour>(actual);
            foreach (var to in corrections[server.Id])
                corrected[to.Hour] = to.Restores ? actual[to.Hour] : corrected[to.Hour] with { Seconds = to.Seconds
                    ?? corrected[to.Hour].Seconds, Price = to.Price ?? corrected[to.Hour].Price };
            var cost = ExactBill.Of(corrected.Values).Values.Sum();
            if (net.GetValueOrDefault(server.Id) != cost)
                _broken.Add($"Server {server.Id} pays {net.GetValueOrDefault(server.Id)} for {row.Hours} hours with corrections, which " +
                    $"cost {cost}.");
        }
    }

    // The seconds of each ended hour since billing began, without those of rejected holds.
    private Dictionary<DateTimeOffset, int> HoursOf(ChaosServer server, List<(DateTimeOffset From, DateTimeOffset Until)> uncharged)
    {
        var hours = new Dictionary<DateTimeOffset, int>();
        for (var hour = Hour(server.BilledFrom); hour < _cutoff; hour = hour.AddHours(1))
        {
            if (!uncharged.Exists(hold => hour >= hold.From && hour < hold.Until))
                hours[hour] = (int)Seconds(Later(hour, server.BilledFrom), hour.AddHours(1));
        }
        return hours;
    }

    private async Task JudgeWalletsAsync()
    {
        _debits = await panel.QueryAsync(DebitsSql, row => (row.GetInt64(0), row.GetInt32(1), row.GetString(2), row.GetInt64(3),
            row.GetString(4), row.GetInt32(5)));
        var credits = panel.VirtFusion.Credits.ToLookup(credit => credit.Reference1);
        foreach (var debit in _debits)
        {
            var orders = credits[debit.Id].ToList();
            var isRight = debit.State switch
            {
                "settled" => orders.Count == 1,
                "held" or "in_doubt" or "sending" => orders.Count <= 1,
                _ => orders.Count == 0,
            };
            if (!isRight)
                _broken.Add($"Debit {debit.Id} of user {debit.User} is {debit.State}, and VirtFusion moved its wallet {orders.Count} " +
                    $"times ({debit.Message}).");
            if (orders.Any(order => order.Tokens != -debit.Tokens || order.ExtRelationId != debit.User))
                _broken.Add($"Debit {debit.Id} of user {debit.User} over {debit.Tokens} tokens moved: {string.Join(", ", orders)}.");
            if (debit.State == "held" && !IsTrue(debit.Message, debit.User, debit.Attempts))
                _broken.Add($"Debit {debit.Id} of user {debit.User} is held for a reason that isn't true: {debit.Message}");
        }
        foreach (var strange in credits.Where(orders => orders.Key is null || _debits.TrueForAll(debit => debit.Id != orders.Key)))
            _broken.Add($"VirtFusion moved wallets for no debit: {string.Join(", ", strange)}.");
        for (var user = 1; user <= ChaosPanel.Users; user++)
        {
            var settled = _debits.Where(d => d.User == user && d.State == "settled").Sum(d => d.Tokens);
            var open = _debits.Where(d => d.User == user && d.State is "held" or "in_doubt" or "sending" && Taken(d.Id)).Sum(d => d.Tokens);
            var expected = ChaosPanel.FirstTokens + driver.TopUps.GetValueOrDefault(user) - settled - open;
            if (panel.VirtFusion.Wallet(user) != expected)
                _broken.Add($"The wallet of user {user} holds {panel.VirtFusion.Wallet(user)}, and should {expected}: settled {settled}, " +
                    $"held but taken {open}.");
        }
    }

    // Other movements of wallets are support's only, and refusals come only from VirtFusion's faults and cut networks.
    private bool IsTrue(string reason, int user, int attempts) =>
        reason.Contains("something else moved the wallet", StringComparison.Ordinal) ? driver.TopUps.ContainsKey(user)
            : attempts >= ChaosPanel.MaxAttempts;

    private bool Taken(long debitId) => panel.VirtFusion.Credits.Any(credit => credit.Reference1 == debitId);

    private static DateTimeOffset Hour(DateTimeOffset instant) => new(instant.Ticks - instant.Ticks % TimeSpan.TicksPerHour, TimeSpan.Zero);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static decimal Seconds(DateTimeOffset from, DateTimeOffset until) =>
        until > from ? (until - from).Ticks / TimeSpan.TicksPerSecond : 0;
}
