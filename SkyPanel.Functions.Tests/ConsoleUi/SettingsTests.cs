using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Secrets, keys and switches of jobs on the console, to the effect in the database.</summary>
public sealed class SettingsTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_secret_is_stored_never_shown_and_removed()
    {
        const string secret = "https://discord.com/api/webhooks/1/told-once";
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAtTermAsync("discord_webhook_url", "Set…");
        await page.FillAsync("value", secret);
        await page.ConfirmAsync("Store");
        await bench.Panel.UntilAsync(
            "select ciphertext not like '%told-once%' from cron_service.secrets where name = 'discord_webhook_url'");
        await page.PressAtTermAsync("discord_webhook_url", "Remove…");
        Assert.DoesNotContain(secret, await page.Page.GetContentAsync(), StringComparison.Ordinal);
        await page.ConfirmAsync("Remove");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.secrets where name = 'discord_webhook_url')");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_decrypted_can_be_set_again_and_removed()
    {
        await bench.App.PutAsync("/api/admin/settings/discord_webhook_url", new { value = "https://discord.com/api/webhooks/1/lost" });
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.secrets set ciphertext = 'of another key' where name = 'discord_webhook_url'");
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAtTermAsync("discord_webhook_url", "Set…");
        await page.ConfirmAsync("Cancel");
        await page.PressAtTermAsync("discord_webhook_url", "Remove…");
        await page.ConfirmAsync("Remove");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.secrets where name = 'discord_webhook_url')");
        page.OnlyComplainsOf(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_token_that_goes_with_its_address_is_named_before_and_gone_from_the_page_after()
    {
        const string url = "/api/admin/settings/virtfusion_api_url";
        await bench.App.PutAsync("/api/admin/settings/virtfusion_api_token", new { value = "a-token-of-a-server" });
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.ShowsAsync("***rver");
        await page.PressAtTermAsync("virtfusion_api_url", "Set…");
        await page.ShowsAsync("A stored token of another server is removed too.");
        await page.FillAsync("value", "https://another.example");
        await page.ConfirmAsync("Store");
        await page.ShowsNoMoreAsync("***rver");

        (await Interference.WithAsync(page.Page)).Refuse("GET", url, HttpStatusCode.Conflict, retryAfterSeconds: 0);
        await page.GoAsync("doctor");
        await page.GoAsync("settings");
        await page.PressAtTermAsync("virtfusion_api_url", "Remove…");
        await page.ShowsAsync("Removes the stored value and the token that is stored for it.");
        await page.ConfirmAsync("Remove");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.secrets where name = 'virtfusion_api_url')");
        page.OnlyComplainsOf(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_panels_key_is_made_and_an_expired_key_or_link_is_shown_as_expired_and_not_rotated()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("New key…");
        await page.FillAsync("name", "a-panel");
        await page.Page.SelectAsync("dialog[open] [name='role']", "panel");
        await page.ConfirmAsync("Create the key");
        await bench.Panel.UntilAsync("select exists (select from cron_service.api_keys where name = 'a-panel' and role = 'panel')");
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' " +
            "where name = 'a-panel'");
        await page.GoAsync("doctor");
        await page.GoAsync("settings");
        var row = await page.Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('main tbody tr')].find(tr => tr.innerText.startsWith('a-panel')).innerText");
        Assert.Contains("expired", row, StringComparison.Ordinal);
        Assert.DoesNotContain("Rotate…", row, StringComparison.Ordinal);

        await bench.App.PostAsync("/api/admin/customers/1/links", new { reason = "for the test" });
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_links set created_at = now() - interval '2 days', " +
            "expires_at = now() - interval '1 day'");
        await page.GoAsync("customers/1");
        await page.ShowsAsync("expired");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_key_whose_answer_was_lost_is_made_once_and_said_not_to_be_shown_again()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        using var client = new HttpClient { BaseAddress = bench.App.Http.BaseAddress };
        (await Interference.WithAsync(page.Page)).LoseAnswer(client, bench.KeyOf("admin"), "/api/admin/keys");
        await page.PressAsync("New key…");
        await page.FillAsync("name", "a-lost-key");
        await page.ConfirmAsync("Create the key");
        await page.ConfirmAsync("Send again");
        await page.ShowsAsync("The new key was in the answer that was lost, and is never shown again.");
        Assert.Equal(1, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.api_keys where name = 'a-lost-key'"));
        Assert.All(page.Complaints, complaint => Assert.Contains("ERR_FAILED", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_is_made_rotated_and_revoked()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("New key…");
        await page.FillAsync("name", "a-grafana");
        await page.ConfirmAsync("Create the key");
        await page.ShowsAsync("The new key, shown only once:");
        await page.PressAsync("Hide");
        await page.PressInRowAsync("a-grafana", "Rotate…");
        await page.ConfirmAsync("Rotate");
        await page.ShowsAsync("The new key, shown only once:");
        await page.PressInRowAsync("a-grafana", "Revoke…");
        await page.ConfirmAsync("Revoke");
        await bench.Panel.UntilAsync(
            "select exists (select from cron_service.api_keys where name = 'a-grafana' and role = 'viewer' and revoked_at is not null)");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_job_is_paused_resumed_and_switched_off_and_on()
    {
        const string enabledSql = "select enabled = @is from cron_service.jobs where job = 'maintenance'";
        await using var page = await bench.OpenAsync("admin");
        await page.PressInRowAsync("Maintenance", "Pause");
        await page.FillAsync("note", "moving house");
        await page.ConfirmAsync("Pause");
        await bench.Panel.UntilAsync("select exists (select from cron_service.pauses where job = 'maintenance')");
        await page.PressInRowAsync("Maintenance", "Resume");
        await page.ConfirmAsync("Resume");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.pauses where job = 'maintenance')");
        await page.GoAsync("schedules");
        await page.PressInAsync("Maintenance", "Disable…");
        await page.ConfirmAsync("Disable");
        await bench.Panel.UntilAsync(enabledSql, ("is", false));
        await page.PressInAsync("Maintenance", "Enable…");
        await page.ConfirmAsync("Enable");
        await bench.Panel.UntilAsync(enabledSql, ("is", true));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_dialog_changes_only_what_was_edited_in_it()
    {
        const string policy = "/api/admin/customers/policy";
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("Change suspension…");
        await page.FillAsync("graceHours", "48");
        await bench.App.PutAsync(policy, new { suspension = new { maxPerRun = 7 } });
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync("select grace_hours = 48 and max_per_run = 7 from cron_service.customer_policy");
        await page.PressAsync("Change notices…");
        await page.FillAsync("thresholdHours", "36");
        await bench.App.PutAsync(policy, new { notices = new { enabled = true } });
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync(
            "select notice_threshold_hours = '{36}' and notices_enabled from cron_service.customer_policy");
        await bench.App.PutAsync(policy, new { notices = new { enabled = false } });
        await page.GoAsync("schedules");
        await page.PressInAsync("Backup", "Change…");
        await page.FillAsync("schedule", "15 5 * * *");
        await bench.App.PutAsync("/api/admin/cron/jobs/backup/settings", new { timeZone = "Europe/Berlin" });
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("At 05:15");
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync(
            "select schedule = '15 5 * * *' and time_zone = 'Europe/Berlin' from cron_service.jobs where job = 'backup'");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_job_waits_for_another_and_then_for_none()
    {
        const string waitsSql = "select cardinality(waits_for) = @jobs from cron_service.jobs where job = 'maintenance'";
        await using var page = await bench.OpenAsync("admin", "schedules");
        foreach (var (others, jobs) in new[] { ("backup, monitoring", 2), ("", 0) })
        {
            await page.PressInAsync("Maintenance", "Change…");
            await page.SetAsync("waitsFor", others);
            await page.ConfirmAsync("Save");
            await bench.Panel.UntilAsync(waitsSql, ("jobs", jobs));
            await page.ShowsNoMoreAsync("Change Maintenance");
            await page.ShowsAsync(jobs > 0 ? "Backup, Monitoring" : "no other job");
        }
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_books_are_added_up_and_payments_compared_with_PayPals()
    {
        await bench.AddHeldTopUpAsync();
        await using var page = await bench.OpenAsync("operator", "doctor");
        await page.PressAsync("Add up the books");
        await page.ShowsAsync("holds");
        await page.PressAsync("Compare with PayPal");
        await page.ShowsAsync("payments at PayPal");
        await page.SettledAsync();
        Assert.DoesNotContain("broken", await page.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }
}
