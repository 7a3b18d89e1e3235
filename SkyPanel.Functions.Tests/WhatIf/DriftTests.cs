using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>What moved a wallet besides this app is found, and nothing else.</summary>
public sealed class DriftTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00");

    [Fact]
    public async Task Debits_explain_what_they_took_and_what_others_gave_or_took_between_is_told_by_account()
    {
        await using var panel = await TestPanel.StartAsync();
        foreach (var user in new[] { 1, 2, 3 })
            await panel.AddServerAsync(user, user, 73m, March);
        await panel.BillAsync(March);
        for (var hour = 1; hour <= 4; hour++)
        {
            await panel.BillAsync(March.AddHours(hour));
            panel.VirtFusion.ShiftWallet(2, hour switch { 1 => 500, 2 => -30, _ => 0 });
        }

        var drift = (await panel.DriftAsync())!;
        Assert.Equal(3, drift.AccountsRead);
        Assert.Equal([(2, "User 2", 470m, 500m, 30m, 0m)], drift.Accounts.Select(row =>
            (row.UserId, row.Name, row.UnexplainedTokens, row.RaisedTokens, row.LoweredTokens, row.NotedTokens)));
        Assert.Equal([(-30m, -10m), (500m, -10m)], drift.Movements.Select(row => (row.UnexplainedTokens, row.ExplainedTokens)));
        Assert.All(drift.Movements, row => Assert.Equal(row.TokensAfter, row.TokensBefore + row.ExplainedTokens + row.UnexplainedTokens));
        Assert.Empty((await panel.DriftAsync(1))!.Accounts);
        Assert.Null(await panel.DriftAsync(99));
    }

    [Fact]
    public async Task The_latest_reading_counts_too_an_open_debit_tells_nothing_and_a_decided_one_has_its_note()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 73m, March);
        await panel.BillAsync(March);
        await panel.BillAsync(March.AddHours(1));
        await ReadingAsync(99_890); // Somebody took 100 besides.
        Assert.Equal([-100m], (await panel.DriftAsync())!.Movements.Select(row => row.UnexplainedTokens));

        await panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, balance_before_tokens, last_attempt_at,
                message)
            select id, 'debit', 7, 0.07, 'test', 'held', 99890, now(), 'lost' from cron_service.accounts where user_id = 1
            """);
        await ReadingAsync(99_883);
        Assert.Equal([-100m], (await panel.DriftAsync())!.Movements.Select(row => row.UnexplainedTokens));

        await panel.Database.ExecuteAsync("""
            update cron_service.debits set state = 'voided', decided_by = 'ann', decision_reason = 'support took them' where state = 'held'
            """);
        var account = Assert.Single((await panel.DriftAsync())!.Accounts);
        Assert.Equal((-100m, -7m), (account.UnexplainedTokens, account.NotedTokens));
        Assert.Equal(["ann: support took them", null], (await panel.DriftAsync())!.Movements.Select(row => row.Note));

        Task ReadingAsync(decimal tokens) => panel.Database.ExecuteAsync("""
            insert into cron_service.wallet_readings (account_id, tokens, read_at) select id, @tokens, clock_timestamp()
                from cron_service.accounts where user_id = 1
            on conflict (account_id) do update set tokens = @tokens, read_at = clock_timestamp()
            """, ("tokens", tokens));
    }
}
