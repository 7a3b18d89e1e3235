using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Ledger;

/// <summary>What the database itself refuses.</summary>
public sealed class LedgerLawsTests
{
    [Theory]
    [InlineData("update cron_service.transfers set amount = 2")]
    [InlineData("delete from cron_service.transfers")]
    [InlineData("truncate cron_service.transfers cascade")]
    [InlineData("update cron_service.charges set amount = 2")]
    [InlineData("delete from cron_service.charges")]
    [InlineData("truncate cron_service.charges")]
    [InlineData("update cron_service.adjustments set reason = 'another'")]
    [InlineData("delete from cron_service.adjustments")]
    [InlineData("truncate cron_service.adjustments, cron_service.corrected_hours")]
    [InlineData("update cron_service.corrections set reason = 'another'")]
    [InlineData("delete from cron_service.corrections")]
    [InlineData("truncate cron_service.corrections, cron_service.adjustments, cron_service.corrected_hours")]
    [InlineData("update cron_service.corrected_hours set seconds = 1")]
    [InlineData("delete from cron_service.corrected_hours")]
    [InlineData("truncate cron_service.corrected_hours")]
    public async Task Charges_transfers_and_corrections_are_never_changed(string statement)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, Bill.At("2026-03-04 10:00"));
        await panel.BillAsync(Bill.At("2026-03-04 12:00"));
        await panel.Database.InOneAsync(corrected => panel.Services.Get<Corrections>().CorrectAsync(corrected.Connection!,
            new(1, Bill.At("2026-03-04 10:00"), Bill.At("2026-03-04 11:00"), 0, null, "an outage", "ann"),
                TestContext.Current.CancellationToken));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => panel.Database.ExecuteAsync(statement));

        Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_hour_is_charged_once_and_a_transfer_is_positive_and_named_once()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, Bill.At("2026-03-04 10:00"));
        await panel.BillAsync(Bill.At("2026-03-04 11:00"));

        await RefusedAsync("insert into cron_service.charges select * from cron_service.charges", "23505");
        await RefusedAsync(TransferOf("t.amount", "t.external_id"), "23505");
        await RefusedAsync(TransferOf("0", "'other'"), "23514");
        await RefusedAsync(TransferOf("-1", "'other'"), "23514");

        async Task RefusedAsync(string statement, string state) =>
            Assert.Equal(state, (await Assert.ThrowsAsync<PostgresException>(() => panel.Database.ExecuteAsync(statement))).SqlState);
    }

    private static string TransferOf(string amount, string externalId) => $"""
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select kind, from_account_id, to_account_id, {amount}, {externalId}, run_id, effective_at from cron_service.transfers t
            where kind = 'charge'
        """;
}
