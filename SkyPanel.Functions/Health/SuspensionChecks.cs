namespace SkyPanel.Functions.Health;

/// <summary>Checks that servers of paying customers are resumed, and reports holds for a person.</summary>
public sealed class SuspensionChecks(NpgsqlDataSource database)
{
    private const string See = "See GET /api/admin/customers/suspensions";

    // Whose wallet can't be read while they are suspended may have paid.
    private const string CountsSql = """
        select count(*) filter (where state = 'resuming' and resume_ordered_at < now() - interval '10 minutes') as resuming,
               count(*) filter (where state = 'ordered' and ordered_at < now() - interval '1 hour') as ordered,
               count(distinct account_id) filter (where state = 'suspended' and not exists (select from cron_service.wallet_readings r
                   where r.account_id = s.account_id and r.read_at > now() - interval '1 hour')) as unread,
               (select count(*) from cron_service.suspension_holds where state = 'open') as holds,
               string_agg(server_id::text, ', ' order by server_id) filter (where state = 'resuming'
                   and resume_ordered_at < now() - interval '10 minutes') as servers
        from cron_service.suspensions s where state in ('ordered', 'suspended', 'resuming')
        """;

    public Check Check => new("suspensions", true, async (_, ct) => await FindAsync(ct));

    /// <summary>Examines whether servers are suspended and resumed in time.</summary>
    public async Task<Finding> FindAsync(CancellationToken ct)
    {
        var (resuming, ordered, unread, holds, servers) = (await database.QueryAsync<Counts>(CountsSql, ct))[0];
        (long Count, string Text)[] troubles =
        [
            (resuming, $"{resuming} servers are to run again and don't, for more than 10 min: {servers}. Resume them in VirtFusion. " +
                $"{See}?state=resuming."),
            (ordered, $"{ordered} servers are to be suspended for more than an hour and are not; each has a message. {See}?state=ordered."),
            (unread, $"{unread} suspended customers may have paid: their wallets could not be read for more than an hour."),
            (holds, $"More accounts are due to be suspended than one run may: nobody is until a person decides. {See}."),
        ];
        var found = troubles.Where(trouble => trouble.Count > 0).Select(trouble => trouble.Text).ToList();
        return found.Count == 0 ? Finding.Ok("Every customer with money runs, as far as this app suspended them.")
            : Finding.Failing(string.Join(" ", found), "Do what it says; the servers' messages name VirtFusion's answers.", "api");
    }

    private sealed record Counts(long Resuming, long Ordered, long Unread, long Holds, string? Servers);
}
