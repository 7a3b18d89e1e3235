namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What customers are told: its texts, its endpoints and its log, on the console, to the effect in the database.</summary>
public sealed class NoticesTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_text_is_previewed_stored_and_forgotten()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressInRowAsync("runway", "Change text…");
        await page.FillAsync("subject", "Your wallet lasts {{hours}} more hours");
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("Your wallet lasts");
        await page.ConfirmAsync("Store");
        await bench.Panel.UntilAsync("select exists (select from cron_service.notice_templates where subject = 'Your wallet lasts " +
            "{{hours}} more hours')");
        await page.PressInRowAsync("runway", "Back to built-in…");
        await page.ConfirmAsync("Forget");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.notice_templates)");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task An_endpoint_is_added_its_secret_shown_once_rotated_and_deleted()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("New endpoint…");
        await page.FillAsync("url", "http://127.0.0.1:9/hook");
        await page.ConfirmAsync("Add");
        await page.ShowsAsync("The secret, shown this once: whsec_");
        await page.PressAsync("Hide");
        await page.ShowsNoMoreAsync("whsec_");
        await page.PressInAsync("Webhooks", "Test…");
        await page.ConfirmAsync("Post it");
        await page.ShowsAsync("It was not delivered");
        await page.PressInAsync("Webhooks", "Rotate secret…");
        await page.ConfirmAsync("Rotate");
        await page.ShowsAsync("whsec_");
        await page.PressInAsync("Webhooks", "Delete…");
        await page.ConfirmAsync("Delete");
        await bench.Panel.UntilAsync("select bool_and(deleted_at is not null) from cron_service.webhook_endpoints");
        Assert.Empty(page.Complaints);
    }
}
