using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>A link opens one customer's page, as long as it is valid and exactly as it was made.</summary>
public sealed class CustomerLinksTests
{
    private static readonly (string, string) Address = ("Public:BaseUrl", "https://billing.example");

    [Fact]
    public async Task A_link_names_its_customer_and_only_its_hash_is_stored()
    {
        await using var panel = await TestPanel.StartAsync(Address);
        await panel.AddUserAsync(7);
        var token = await panel.LinkAsync(7);

        Assert.Equal(7, (await FindAsync(panel, token))!.Value.Guest.UserId);
        Assert.Equal(0, await panel.CountAsync($"cron_service.customer_links l where l::text like '%{token}%'"));
        // Another process has the same keys.
        var other = panel.StartApp(Address);
        Assert.NotNull(await other.Get<CustomerLinks>().FindAsync(token, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Altered_in_any_one_character_it_opens_nothing()
    {
        await using var panel = await TestPanel.StartAsync(Address);
        await panel.AddUserAsync(1);
        var token = await panel.LinkAsync(1);

        for (var at = 0; at < token.Length; at++)
        {
            var altered = $"{token[..at]}{(token[at] == 'A' ? 'B' : 'A')}{token[(at + 1)..]}";
            Assert.True(await FindAsync(panel, altered) is null, $"Character {at} may be another.");
        }
        foreach (var other in new[] { "", "A", token[..^1], $"{token}A", $"{token}=", new string('A', 100_000), "äöü", "a b", "../x" })
            Assert.Null(await FindAsync(panel, other));
    }

    [Theory]
    [InlineData("revoked", "update cron_service.customer_links set revoked_at = now(), revoked_by = 'ann'")]
    [InlineData("expired", "update cron_service.customer_links set created_at = now() - interval '2 days', expires_at = now() - interval " +
        "'1 second'")]
    [InlineData("its user was deleted", "delete from public.users")]
    [InlineData("lost with a restored database", "delete from cron_service.customer_links")]
    [InlineData("its keys were lost", "delete from cron_service.data_protection_keys")]
    public async Task A_link_that_is_no_longer_valid_opens_nothing(string why, string sql)
    {
        await using var panel = await TestPanel.StartAsync(Address);
        await panel.AddUserAsync(1);
        var token = await panel.LinkAsync(1);

        await panel.Database.ExecuteAsync(sql);

        // The keys are read once a day: another process has none.
        Assert.True(await panel.StartApp(Address).Get<CustomerLinks>().FindAsync(token, TestContext.Current.CancellationToken) is null,
            why);
    }

    [Fact]
    public async Task A_token_that_was_protected_for_another_purpose_opens_nothing()
    {
        await using var panel = await TestPanel.StartAsync(Address);
        await panel.AddUserAsync(1);
        await panel.LinkAsync(1);
        var forged = WebEncoders.Base64UrlEncode(panel.Services.Get<IDataProtectionProvider>()
            .CreateProtector("SkyPanel.Secrets", "paypal_client_id").Protect(new byte[20]));

        Assert.Null(await FindAsync(panel, forged));
    }

    // Whoever can write the table can't make a link of it: the token names its customer too.
    [Fact]
    public async Task A_link_whose_row_was_moved_to_another_account_opens_nothing()
    {
        await using var panel = await TestPanel.StartAsync(Address);
        await panel.AddUserAsync(1);
        await panel.AddUserAsync(2);
        var token = await panel.LinkAsync(1);
        await panel.LinkAsync(2);

        await panel.Database.ExecuteAsync(
            "update cron_service.customer_links set account_id = (select id from cron_service.accounts where user_id = 2)");

        Assert.Null(await FindAsync(panel, token));
    }

    private static Task<(string Name, LinkedCustomer Guest)?> FindAsync(TestPanel panel, string token) =>
        panel.Services.Get<CustomerLinks>().FindAsync(token, TestContext.Current.CancellationToken);
}
