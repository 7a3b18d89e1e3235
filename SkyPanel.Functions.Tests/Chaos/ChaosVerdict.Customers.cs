using System.Globalization;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Checks customers at the end: servers of customers with money run, others don't, and payments at PayPal match the granted
/// tokens.</summary>
internal sealed partial class ChaosVerdict
{
    private const string Preview = "/api/admin/customers/suspensions?preview=true";
    private const string OpenSuspensionsSql =
        "select server_id, state from cron_service.suspensions where state in ('ordered', 'suspended', 'resuming')";
    private const string OwedSql = "select user_id, owed_amount from cron_service.accounts where kind = 'customer'";
    private const string BillableSql = """
        select e.server_id, e.user_id from cron_service.enrolments e
            join cron_service.uptime u on u.server_id = e.server_id and u.is_current
        where e.enrolment_id is not null and e.problem is null and e.billing_enabled and u.is_existing and u.is_built
        """;

    private const string GrantsSql = """
        select t.order_id, coalesce(sum(case d.kind when 'grant' then d.tokens else -d.tokens end) filter (where d.state = 'settled'),
            0)::bigint
        from cron_service.top_ups t left join cron_service.debits d on d.top_up_id = t.id where t.order_id is not null group by t.order_id
        """;

    // Moves times back, so that every wallet was read as empty five minutes ago, every payment is due to be checked, and so is every server
    // that somebody else had suspended.
    private const string PassTimeSql = """
        update cron_service.wallet_readings set tokens = 0, read_at = now() - interval '6 minutes';
        update cron_service.standings set tried_at = null;
        update cron_service.customer_policy set observation_id = null;
        update cron_service.top_ups set next_look_at = now();
        update cron_service.debits set next_attempt_at = now() where state = 'pending' and is_short;
        update cron_service.suspensions set next_look_at = now() where state <> 'resumed'
        """;

    private static readonly TimeSpan CustomersSettleWithin = TimeSpan.FromSeconds(120), HeartbeatsWithin = TimeSpan.FromSeconds(60);

    /// <summary>Runs heartbeats and the sweep until all checks hold.</summary>
    public Task SettleCustomersAsync() => WorkUntilCustomersHoldAsync(CustomersSettleWithin);

    // Charges since then may have used up a customer's money, and a debit held meanwhile keeps the account from being suspended.
    private async Task JudgeCustomersAsync()
    {
        var broken = await WorkUntilCustomersHoldAsync(HeartbeatsWithin);
        _broken.AddRange(broken);
        if (broken.Count > 0)
            _broken.Add($"The app's preview of suspensions: {(await panel.Apps[0].Process!.GetAsync(Preview)).Body.ToJsonString()}");
    }

    private async Task<List<string>> WorkUntilCustomersHoldAsync(TimeSpan within)
    {
        var since = TimeProvider.System.GetTimestamp();
        var broken = await BrokenOfCustomersAsync();
        for (var at = 0; broken.Count > 0 && TimeProvider.System.GetElapsedTime(since) < within; at++)
        {
            var process = panel.Apps[at % panel.Apps.Count].Process!;
            await driver.DecideAsync(process, coin: true);
            await process.PostAsync("/api/admin/cron/jobs/payments/trigger");
            if (at % 10 == 0)
                await panel.ExecuteAsync(PassTimeSql);
            await process.PostAsync("/api/admin/cron/wake");
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
            broken = await BrokenOfCustomersAsync();
        }
        return broken;
    }

    private async Task<List<string>> BrokenOfCustomersAsync()
    {
        var broken = new List<string>();
        var ours = (await panel.QueryAsync(OpenSuspensionsSql, row => (Server: row.GetInt32(0), State: row.GetString(1))))
            .ToDictionary(row => row.Server, row => row.State);
        var owed = (await panel.QueryAsync(OwedSql, row => (User: row.GetInt32(0), Owed: row.GetDecimal(1))))
            .ToDictionary(row => row.User, row => row.Owed);
        var servers = await panel.QueryAsync(BillableSql, row => (Id: row.GetInt32(0), User: row.GetInt32(1)));
        var shown = panel.VirtFusion.Servers.ToDictionary(server => server.Id);
        foreach (var (id, user) in servers.Where(server => shown.ContainsKey(server.Id)))
        {
            var available = panel.VirtFusion.Wallet(user) / 100 - owed.GetValueOrDefault(user);
            var text = string.Create(CultureInfo.InvariantCulture, $"Server {id} of user {user}, who has {available}");
            if (available >= 0 && ours.TryGetValue(id, out var state))
                broken.Add($"{text}, is {state} by us.");
            if (available >= 0 && shown[id].IsSuspended && driver.Servers.Find(server => server.Id == id) is { IsSuspended: false })
                broken.Add($"{text}, is suspended, and nobody but us did that.");
            if (available < 0 && !shown[id].IsSuspended)
                broken.Add($"{text}, runs.");
        }
        var granted = (await panel.QueryAsync(GrantsSql, row => (Order: row.GetString(0), Tokens: row.GetInt64(1))))
            .ToDictionary(row => row.Order, row => row.Tokens);
        foreach (var order in panel.PayPal.Books.OrderIds)
        {
            var kept = (long)decimal.Floor(panel.PayPal.Books.NetAmount(order) * 100);
            if (granted.GetValueOrDefault(order) != kept)
                broken.Add($"PayPal kept {kept} tokens' worth of order {order}, and {granted.GetValueOrDefault(order)} are given.");
        }
        return broken;
    }

    private async Task<IEnumerable<(string Name, long Count)>> CustomersAsync() =>
    [
        .. await panel.QueryAsync("select 'suspensions ' || state || coalesce(' by ' || case when resumed_by in ('money', 'somebody " +
            "else') then resumed_by when resumed_by is not null then 'a person' end, ''), count(*) from cron_service.suspensions group " +
            "by 1",
            row => (row.GetString(0), row.GetInt64(1))),
        .. await panel.QueryAsync("select 'top-ups ' || state, count(*) from cron_service.top_ups group by 1",
            row => (row.GetString(0), row.GetInt64(1))),
        ("tokens granted less clawed back",
            await panel.ScalarAsync<long>("select coalesce(sum(case kind when 'grant' then tokens else -tokens end), 0)::bigint from " +
            "cron_service.debits where state = 'settled' and kind in ('grant', 'claw_back')")),
        ("tokens for what PayPal kept",
            panel.PayPal.Books.OrderIds.Sum(order => (long)decimal.Floor(panel.PayPal.Books.NetAmount(order) * 100))),
    ];
}
