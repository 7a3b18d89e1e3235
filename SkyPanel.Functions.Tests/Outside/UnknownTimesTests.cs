namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What the database stores as infinity is answered as null.</summary>
public sealed class UnknownTimesTests
{
    [Fact]
    public async Task A_server_of_which_no_date_is_known_is_billed_until_null_and_was_seen_since_null()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(10));
        await panel.Panel.Database.ExecuteAsync("update public.virtfusion_hourly_billing set last_billed_at = '2062-01-01'");
        panel.VirtFusion.Distort(1, item =>
        {
            item.Remove("created");
            return item;
        });
        var app = await panel.StartAppAsync();
        await app.PostAsync(OutsidePanel.Trigger);

        var server = Assert.Single((await app.GetAsync("/api/admin/billing/servers")).Body["servers"]!.AsArray())!.AsObject();
        var spells = (await app.GetAsync("/api/admin/billing/servers/1/charges")).Body["spells"]!.AsArray();

        Assert.Equal((true, null), (server.ContainsKey("billedUntil"), server["billedUntil"]));
        Assert.Equal((true, null), (spells[0]!.AsObject().ContainsKey("startedAt"), spells[0]!["startedAt"]));
    }
}
