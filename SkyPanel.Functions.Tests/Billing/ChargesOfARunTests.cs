namespace SkyPanel.Functions.Tests.Billing;

public sealed class ChargesOfARunTests
{
    [Fact]
    public async Task What_a_run_charged_is_found_by_its_index_from_the_commit_on()
    {
        var ten = new DateTimeOffset(2026, 3, 10, 10, 0, 0, TimeSpan.Zero);
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, ten);
        Assert.Equal(3, (await panel.BillAsync(ten.AddHours(3))).Hours);
        Assert.Equal(0, await panel.Database.ScalarAsync<int>("select brin_summarize_new_values('cron_service.charges_run')"));
    }
}
