using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Dns;

/// <summary>Who can't pay has time to: from the first wallet that was read and held too little until <c>Dns:Grace</c> is over.</summary>
public sealed class Graces(NpgsqlDataSource database, IOptions<DnsOptions> options)
{
    // A grace belongs to a suspension or to a period that is still unpaid: without either it is an old one, of somebody who paid elsewhere.
    private const string BeginSql = """
        insert into cron_service.dns_graces as g (subscription_id, insufficient_since) values (@id, @now)
        on conflict (subscription_id) do update
            set insufficient_since = case when g.suspended_at is null and g.insufficient_since >= @unpaid_since then g.insufficient_since
                else excluded.insufficient_since end,
                suspended_at = null
        returning insufficient_since
        """;

    /// <summary>Notes that the wallet of an active subscription was read and holds too little.</summary>
    /// <param name="nextPayment">When its first unpaid period began.</param>
    /// <returns>When it is over.</returns>
    public async Task<DateTime> NoteAsync(DueSubscription subscription, DateTime nextPayment, Fence fence, DateTime now,
        CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await fence.HoldAsync(connection, ct);
        var since = (await connection.QueryAsync(BeginSql, row => row.GetDateTime(0), ct, ("id", subscription.Id), ("now", now),
            ("unpaid_since", nextPayment)))[0];
        await transaction.CommitAsync(CancellationToken.None);
        return since + options.Value.Grace;
    }
}
