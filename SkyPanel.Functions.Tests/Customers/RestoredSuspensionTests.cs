using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>The statements of docs/operations.md about suspensions after a restore.</summary>
public sealed class RestoredSuspensionTests
{
    [Fact]
    public async Task After_a_restore_the_page_lists_suspended_servers_that_are_not_ours_and_those_that_money_resumes()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(2, 10);
        await bench.AddAsync(3, 1000);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5)); // Instants of observations are whole seconds.
        await bench.UpdateStandingAsync(1);
        // The backup was taken before server 1002 was suspended.
        await bench.Database.ExecuteAsync("delete from cron_service.suspensions where server_id = 1002");
        var statements = Page.Read("docs/operations.md").Single(block => block is { Heading: "Restore", Language: "sql" }).Text
            .Split(";\n");

        Assert.Equal("1002 2 -0.100000", await bench.Database.ScalarAsync<string>(
            $"select string_agg(concat_ws(' ', server_id, user_id, available), ', ') from ({statements[0]}) as listed"));
        Assert.Equal("1001 suspended", await bench.Database.ScalarAsync<string>(
            $"select string_agg(concat_ws(' ', server_id, state), ', ') from ({statements[1].Trim().TrimEnd(';')}) as listed"));
    }
}
