using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Health;

/// <summary>Checks that paid top-ups are granted, and lists those that wait for a person.</summary>
public sealed class PaymentChecks(NpgsqlDataSource database)
{
    private const string Look = "See GET /api/admin/payments/top-ups?state=";

    private const string CountsSql = """
        select count(*) filter (where state = 'held') as held, count(*) filter (where state = 'disputed') as disputed,
               count(*) filter (where state in ('captured', 'granting') and captured_at < now() - interval '15 minutes') as ungranted,
               count(*) filter (where state in ('capturing', 'in_doubt') and created_at < now() - interval '1 hour') as unanswered,
               count(*) filter (where state = 'pending' and created_at < now() - interval '7 days') as waiting,
               count(*) filter (where state in ('ordered', 'declined', 'capturing', 'in_doubt', 'pending')
                   and not coalesce((select enabled from cron_service.jobs where job = 'payments'), false)) as unattended,
               (select count(*) from cron_service.top_up_refunds where state = 'ordered' and created_at < now() - interval '1 hour')
                   as unrefunded,
               (select count(*) from cron_service.top_ups where captured_at is not null and failed_looks >= 7
                   and next_look_at < 'infinity') as unseen
        from cron_service.top_ups
        where state in ('ordered', 'declined', 'capturing', 'in_doubt', 'pending', 'captured', 'granting', 'disputed', 'held')
        """;

    // The money was given back, and the wallet holds less than the tokens.
    private const string ShortSql = """
        select d.top_up_id, a.user_id, d.tokens, count(*) over () as count from cron_service.debits d
        join cron_service.accounts a on a.id = d.account_id
        where d.kind = 'claw_back' and d.state = 'pending' and d.is_short order by d.id limit 10
        """;

    // Until another one was made, nothing is left, or a week has passed.
    private const string RefusedSql = """
        select r.top_up_id, a.user_id, r.amount, t.captured_currency as currency, r.message, count(*) over () as count
        from cron_service.top_up_refunds r join cron_service.top_ups t on t.id = r.top_up_id
        join cron_service.accounts a on a.id = t.account_id
        where r.state = 'refused' and r.closed_at > now() - interval '7 days'
            and t.captured_amount > t.refunded_amount + t.lost_amount - t.restored_amount
            and not exists (select from cron_service.top_up_refunds l where l.top_up_id = r.top_up_id and l.id > r.id
                and l.state in ('done', 'refused'))
        order by r.id limit 10
        """;

    public Check Check => new("payments", true, (_, ct) => RunAsync(ct));

    private async Task<Finding?> RunAsync(CancellationToken ct)
    {
        var counts = (await database.QueryAsync<Counts>(CountsSql, ct))[0];
        (long Count, string Text)[] troubles =
        [
            (counts.Held, "were paid, but not as asked, or may have been paid, or lost their tokens to a dispute that was won later: " +
                $"grant them, give the money back or close them. {Look}held."),
            (counts.Disputed, $"are disputed by their payers: answer at PayPal. {Look}disputed."),
            (counts.Ungranted, "were paid more than 15 min ago and have no tokens yet: see their debits at GET " +
                $"/api/admin/billing/holds. {Look}granting."),
            (counts.Unanswered, $"have been without PayPal's answer to a capture for more than an hour. {Look}in_doubt."),
            (counts.Waiting, "have been pending at PayPal for more than a week: see there whether the payment waits for you. " +
                $"{Look}pending."),
            (counts.Unattended, "are under way while the job payments is disabled: nobody asks PayPal about them."),
            (counts.Unrefunded, "were to be refunded more than an hour ago, and PayPal gave no answer."),
            (counts.Unseen, "were paid, and for an hour PayPal hasn't shown what became of the money: the log says why, and if it was " +
                "given back, see how much at PayPal."),
        ];
        var found = troubles.Where(trouble => trouble.Count > 0).Select(trouble => $"{trouble.Count} top-ups {trouble.Text}").ToList();
        if (await FindShortAsync(ct) is { } shortOnes)
            found.Add(shortOnes);
        if (await FindRefusedAsync(ct) is { } refused)
            found.Add(refused);
        return found.Count == 0 ? Finding.Ok("Every customer who paid has the tokens.")
            : Finding.Failing(string.Join(" ", found), kind: "data");
    }

    private async Task<string?> FindShortAsync(CancellationToken ct)
    {
        var rows = await database.QueryAsync(ShortSql, row => (Count: row.Get<long>("count"), Text: FormattableString.Invariant(
            $"{row.Get<long>("tokens")} tokens of top-up {row.Get<long>("top_up_id")} from customer {row.Get<int>("user_id")}")), ct);
        return Join("Tokens of returned payments can't be taken back, as the wallets hold too little", rows);
    }

    private async Task<string?> FindRefusedAsync(CancellationToken ct)
    {
        var rows = await database.QueryAsync(RefusedSql, row => (Count: row.Get<long>("count"), Text: string.Create(
            CultureInfo.InvariantCulture, $"{new PayPalMoney(row.Get<string>("currency"), row.Get<decimal>("amount"))} of top-up " +
            $"{row.Get<long>("top_up_id")} to customer {row.Get<int>("user_id")} ({row.Nullable<string>("message")})")), ct);
        return Join("PayPal refused refunds, and the money is still here: give it back at PayPal, or try again", rows);
    }

    private static string? Join(string what, List<(long Count, string Text)> rows) => rows.Count == 0 ? null
        : $"{what}: {string.Join(", ", rows.Select(row => row.Text))}" +
            $"{(rows[0].Count > rows.Count ? $", and {rows[0].Count - rows.Count} more" : "")}.";

    private sealed record Counts(long Held, long Disputed, long Ungranted, long Unanswered, long Waiting, long Unattended,
        long Unrefunded, long Unseen);
}
