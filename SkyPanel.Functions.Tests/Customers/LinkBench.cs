using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Links to customers' own pages.</summary>
internal static class LinkBench
{
    /// <returns>The token of a new link.</returns>
    public static async Task<string> LinkAsync(this TestPanel panel, int userId, int days = 30)
    {
        var links = panel.Services.Get<CustomerLinks>();
        var token = links.NewToken(userId);
        await panel.Database.InOneAsync(made => links.CreateAsync(made.Connection!, userId, token, "test", "for the test", days));
        return token;
    }
}
