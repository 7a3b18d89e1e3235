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

    // Without the time of a reading the debits since then are unknown, and so is the balance until the next reading.
    private const string ReadingsSql = "delete from cron_service.wallet_readings where read_at > now() + interval '1 minute'";

    public static readonly ClockRepair[] All = [new("debits", DebitsSql), new("wallet_readings", ReadingsSql)];
}
