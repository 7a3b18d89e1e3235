using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Payments;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>Top-ups of a restored ledger, which doesn't know what was granted and taken back after its backup.</summary>
public sealed class RestoredTopUpTests
{
    [Fact]
    public async Task A_top_up_that_is_paid_after_a_restore_is_held_until_a_person_grants_it()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await PayPalBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        var topUp = await bench.OpenAsync(1);
        using var content = new MemoryStream();
        await bench.Get<BackupWriter>().WriteAsync(content, ct);
        content.Position = 0;
        await restored.RestoreAsync(content, BackupBench.Noon);
        var app = bench.Panel.StartApp([("ConnectionStrings:SkyPanel", restored.ConnectionString), .. PayPalBench.Settings(bench.PayPal)]);
        var (steps, queries) = (app.GetRequiredService<TopUpSteps>(), app.GetRequiredService<TopUpQueries>());

        bench.PayPal.Books.Approve(topUp.OrderId!);
        await steps.AdvanceAsync(topUp.Id, ct);

        var held = (await queries.FindAsync(topUp.Id, ct))!;
        Assert.Equal((TopUpState.Held, PayPalBench.Start), (held.State, bench.Wallet(1)));
        Assert.Contains("its tokens may have been granted since", held.Message, StringComparison.Ordinal);
        await using (var connection = await restored.Source.OpenConnectionAsync(ct))
            Assert.True(await Grants.AlignAsync(connection, held, isByPerson: true, ct));
        await steps.AdvanceAsync(topUp.Id, ct);
        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await queries.FindAsync(topUp.Id, ct))!.State, bench.Wallet(1)));
    }

    [Fact]
    public async Task Tokens_that_were_taken_back_after_the_backup_are_taken_back_again_only_by_a_person()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await PayPalBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        var topUp = await bench.PayAsync(1);
        using var content = new MemoryStream();
        await bench.Get<BackupWriter>().WriteAsync(content, ct);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await bench.SettleAsync();
        Assert.Equal(PayPalBench.Start + 600, bench.Wallet(1));
        content.Position = 0;
        await restored.RestoreAsync(content, BackupBench.Noon);
        var app = bench.Panel.StartApp([("ConnectionStrings:SkyPanel", restored.ConnectionString), .. PayPalBench.Settings(bench.PayPal)]);

        await app.GetRequiredService<TopUpSteps>().AdvanceAsync(topUp.Id, ct);
        await app.GetRequiredService<Delivery>().DeliverAsync(null, ct);

        Assert.Equal(PayPalBench.Start + 600, bench.Wallet(1));
        Assert.Matches("^held 400 restored from a backup of .* UTC: its tokens may have been taken back since", await restored
            .ScalarAsync<string>("select state || ' ' || tokens || ' ' || message from cron_service.debits where kind = 'claw_back'"));
        var debit = await restored.ScalarAsync<long>("select id from cron_service.debits where kind = 'claw_back'");
        await using (var connection = await restored.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await app.GetRequiredService<HeldDebits>().DecideAsync(connection, debit, DebitAction.Settle, "Ann", "it was taken", ct);
            await transaction.CommitAsync(ct);
        }
        await app.GetRequiredService<TopUpSteps>().AdvanceAsync(topUp.Id, ct);
        Assert.Equal((TopUpState.PartlyRefunded, PayPalBench.Start + 600),
            ((await app.GetRequiredService<TopUpQueries>().FindAsync(topUp.Id, ct))!.State, bench.Wallet(1)));
        Assert.True((await app.GetRequiredService<Integrity>().CheckAsync(ct)).Ok);
    }
}
