namespace SkyPanel.Functions.Wallet;

/// <summary>Repairs debits and readings of wallets after a wrong clock.</summary>
internal static class WalletClockRepairs
{
    // Back-off is an hour at most. A claim is a minute: its sender measures the time itself and may still be sending. Each half of the
    // condition has an index, as settled debits are never deleted.
    private const string DebitsSql = """
        update cron_service.debits
        set next_attempt_at = case when next_attempt_at > now() + interval '2 hours' then now() else next_attempt_at end,
            last_attempt_at = case when last_attempt_at > now() then now() else last_attempt_at end,
            deadline = case when deadline > now() + interval '2 minutes' then now() + interval '1 minute' else deadline end
        where state = 'pending' and (next_attempt_at > now() + interval '2 hours' or last_attempt_at > now() + interval '1 minute')
           or state in ('sending', 'in_doubt')
              and (last_attempt_at > now() + interval '1 minute' or deadline > now() + interval '2 minutes')
        """;

    // Until then they would be taken off each reading, or keep it from being stored. Each keeps its place in the order, which the drift of
    // a wallet follows. A reading since the correction may have them in it, so it is forgotten too.
    private const string SettledSql = """
        update cron_service.debits d
        set settled_at = now(), last_attempt_at = case when d.last_attempt_at > now() then now() - a.later * interval '1 microsecond'
            else d.last_attempt_at end
        from (select id, row_number() over (partition by account_id order by last_attempt_at desc, id desc) as later
              from cron_service.debits where state = 'settled' and settled_at > now() + interval '1 minute') a
        where d.id = a.id;
        delete from cron_service.wallet_readings
        where account_id in (select account_id from cron_service.debits where state = 'settled' and settled_at = now())
        """;

    // Without the time of a reading the debits since then are unknown, and so is the balance until the next reading.
    private const string ReadingsSql = "delete from cron_service.wallet_readings where read_at > now() + interval '1 minute'";

    public static readonly ClockRepair[] All = [new("debits", DebitsSql), new("debits", SettledSql), new("wallet_readings", ReadingsSql)];
}
