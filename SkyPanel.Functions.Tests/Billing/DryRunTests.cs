using System.Text.RegularExpressions;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

public sealed class DryRunTests
{
    // The content of every table of ours and of the panel, except the runs and the lease, which the test itself takes.
    private const string ContentSql = """
        select string_agg(format('%s.%s %s', schemaname, tablename,
            (xpath('/row/c/text()', query_to_xml(format(
                'select coalesce(md5(string_agg(t::text, '';'' order by t::text)), ''empty'') as c from %I.%I t', schemaname, tablename),
                false, true, '')))[1]::text), E'\n' order by schemaname, tablename)
        from pg_tables where schemaname in ('cron_service', 'public') and tablename not in ('runs', 'leases')
        """;

    [Fact]
    public async Task A_dry_run_computes_the_figures_of_the_run_and_writes_nothing()
    {
        await using var panel = await TestPanel.StartAsync(
            ("Billing:MaxCatchUp", "1.00:00:00"), ("Billing:MaxAmountPerAccount", "1.00"));
        await panel.AddServerAsync(1, userId: 1, 9.99m, At("2026-03-04 10:20"));
        await panel.AddServerAsync(2, userId: 1, 3.33m, At("2026-03-01 00:00"));
        await panel.AddServerAsync(3, userId: 2, 999.00m, At("2026-03-04 10:20"));
        await panel.AddServerAsync(4, userId: 2, -1.00m, At("2026-03-04 10:20"));
        await panel.AddServerAsync(5, userId: 3, 5.00m, At("2026-03-04 10:20"));
        panel.VirtFusion.Suspend(5);
        var before = await panel.Database.ScalarAsync<string>(ContentSql);

        var dry = await panel.BillAsync(At("2026-03-04 14:00"), isDryRun: true);

        Assert.Equal(before, await panel.Database.ScalarAsync<string>(ContentSql));
        Assert.Equal(100_000, panel.VirtFusion.Wallet(1));
        Assert.Empty(panel.VirtFusion.Credits);
        var real = await panel.BillAsync(At("2026-03-04 14:00"));
        Assert.NotEqual(before, await panel.Database.ScalarAsync<string>(ContentSql));
        Assert.Equal((real.Cutoff, real.Servers, real.Hours, real.Amount, real.TokensDebited),
            (dry.Cutoff, dry.Servers, dry.Hours, dry.Amount, dry.TokensDebited));
        Assert.Equal((28L, true), (real.Hours, real.TokensDebited > 0));
        Assert.Equal(real.Problems, dry.Problems);
        Assert.Equal(real.Notes, dry.Notes);
        Assert.Equal(real.Held.Select(ToldDry), dry.Held.Select(line => (line.ServerId, line.Message)));
        Assert.Equal(2, real.Held.Count);
        Assert.Equal("the account of user 2 would be held: 5.017808 is more than Billing:MaxAmountPerAccount 1.00", dry.Held[^1].Message);
    }

    [Fact]
    public async Task A_dry_run_of_what_is_billed_already_shows_nothing_due()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 9.99m, At("2026-03-04 10:00"));
        await panel.BillAsync(At("2026-03-04 14:00"));
        var before = await panel.Database.ScalarAsync<string>(ContentSql);

        var dry = await panel.BillAsync(At("2026-03-04 14:10"), isDryRun: true);

        Assert.Equal((0L, 0m, 0L), (dry.Hours, dry.Amount, dry.TokensDebited));
        Assert.Equal(before, await panel.Database.ScalarAsync<string>(ContentSql));
    }

    // What a dry run opened is gone with it: there is nothing to approve or reject.
    private static (int?, string) ToldDry(SkyPanel.Functions.Billing.HeldLine line) =>
        (line.ServerId, Regex.Replace(Regex.Replace(line.Message, ": approve or reject hold \\d+$", ""), " (is|are) held",
            " would be held"));
}
