using System.Net;
using System.Text;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class SecretTests
{
    private const string Url = "/api/admin/settings/virtfusion_api_url";
    private const string Token = "/api/admin/settings/virtfusion_api_token";
    private const string PanelToken = "the-old-token-in-the-panel";

    [Fact]
    public async Task A_token_set_over_HTTP_is_used_without_a_restart_and_no_secret_is_ever_said()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(3));
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_token', @token)",
            ("token", PanelToken));
        var app = await panel.StartAppAsync(("VirtFusion__ApiToken", ""));
        var said = new StringBuilder();
        async Task<HttpStatusCode> AskAsync(HttpMethod method, string path, object? body = null)
        {
            var (status, answer) = await app.SendAsync(method, path, body);
            said.AppendLine(answer.ToJsonString());
            return status;
        }

        await AskAsync(HttpMethod.Post, OutsidePanel.Trigger);
        Assert.Empty(panel.VirtFusion.Credits);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Put, Token, new { value = panel.VirtFusion.ApiToken }));
        await AskAsync(HttpMethod.Post, OutsidePanel.Trigger);
        Assert.NotEmpty(panel.VirtFusion.Credits);

        var (_, shown) = await app.GetAsync(Token);
        Assert.Equal(("stored", "bootstrap-key", $"***{panel.VirtFusion.ApiToken[^4..]}"),
            (shown["source"]!.GetValue<string>(), shown["updatedBy"]!.GetValue<string>(), shown["stored"]!.GetValue<string>()));
        const string webhook = "https://discord.com/api/webhooks/1/a-webhook-s-secret-token", payPal = "a-paypal-client-secret-of-ours";
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Put, "/api/admin/settings/discord_webhook_url", new { value = webhook }));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Put, "/api/admin/settings/paypal_client_secret", new { value = payPal }));
        var key = (await app.PostAsync("/api/admin/keys", new { name = "a", role = "admin" })).Body["key"]!.GetValue<string>();
        foreach (var (path, value) in new[] { ("virtfusion_api_url", "http://panel.example/a-secret-in-a-path"),
            ("virtfusion_api_token", "a secret with a space"), ("discord_webhook_url", "https://evil.example/a-secret-in-a-path") })
            Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(HttpMethod.Put, $"/api/admin/settings/{path}", new { value }));
        foreach (var path in new[] { Token, "/api/admin/settings/discord_webhook_url", "/api/admin/settings/paypal_client_secret",
            "/api/admin/keys", "/api/admin/audit?limit=500", "/api/admin/audit/refusals", OutsidePanel.Status, "/api/admin/cron/logs",
            "/api/admin/settings/nothing" })
            await AskAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Delete, "/api/admin/settings/paypal_client_secret"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(HttpMethod.Delete, "/api/admin/settings/paypal_client_secret"));

        said.AppendLine(app.Output).AppendJoin('\n', app.Errors);
        foreach (var secret in new[] { panel.VirtFusion.ApiToken, PanelToken, "webhook-s-secret-token", payPal, key[15..],
            AppProcess.AdminKey, "a-secret-in-a-path", "a secret with a space" })
            Assert.DoesNotContain(secret, said.ToString(), StringComparison.Ordinal);
        Assert.False(await panel.ScalarAsync<bool>("""
            select exists (select from cron_service.audit a where a::text like any (@secrets))
                or exists (select from cron_service.secrets s where s::text like any (@secrets))
                or exists (select from cron_service.runs r where r::text like any (@secrets))
                    or exists (select from cron_service.run_errors e where e::text like any (@secrets))
            """, ("secrets", new[] { panel.VirtFusion.ApiToken, PanelToken, "webhook-s-secret-token", payPal,
                key[15..] }.Select(secret => $"%{secret}%").ToArray())));
    }

    [Fact]
    public async Task A_stored_secret_that_can_t_be_decrypted_is_a_conflict_that_says_what_to_do_and_can_be_set_anew()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        const string setting = "/api/admin/settings/paypal_client_secret";
        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(setting, new { value = "a-first-secret-of-paypal" })).Status);
        await panel.Database.ExecuteAsync("update cron_service.secrets set ciphertext = 'of a lost certificate'");

        var (status, body) = await app.GetAsync(setting);
        Assert.Equal((HttpStatusCode.Conflict, "urn:skypanel:problem:conflict"), (status, $"{body["type"]}"));
        Assert.Contains("DataProtection:PreviousCertificatePath", $"{body["detail"]}", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(setting, new { value = "a-second-secret-of-paypal" })).Status);
        Assert.Equal("***ypal", $"{(await app.GetAsync(setting)).Body["stored"]}");
        Assert.Equal("can't be decrypted",
            await panel.ScalarAsync<string>(
            "select before ->> 'value' from cron_service.audit where subject = 'paypal_client_secret' order by id desc limit 1"));
    }

    [Fact]
    public async Task Where_a_setting_comes_from_is_told_as_it_is_also_when_it_comes_from_nowhere()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        // A blank says nothing, and of PayPal nothing of the panel's is read.
        await panel.Database.ExecuteAsync("""
            insert into public.settings (key, value) values ('virtfusion_api_url', 'https://panel.example'),
                ('virtfusion_api_token', 'a-token'),
                ('discord_webhook_url', ' '), ('paypal_client_secret', 'a-secret')
            """);
        var app = await panel.StartAppAsync(("VirtFusion__BaseUrl", ""), ("VirtFusion__ApiToken", ""),
            ("PayPal__ClientId", "an-id-of-the-configuration"));
        Assert.Equal("panel panel none configuration none", await SourcesAsync());

        await app.PutAsync(Url, new { value = "https://another.example" });
        Assert.Equal(("panel", "***mple"), ($"{(await app.GetAsync(Url)).Body["source"]}", $"{(await app.GetAsync(Url)).Body["stored"]}"));
        await app.PutAsync(Token, new { value = "a-token-for-the-other" });
        await app.PutAsync("/api/admin/settings/paypal_client_id", new { value = "an-id-set-over-HTTP" });
        Assert.Equal("stored stored none configuration none", await SourcesAsync());

        await app.SendAsync(HttpMethod.Delete, Token);
        Assert.Equal("panel panel none configuration none", await SourcesAsync());
        await panel.Database.ExecuteAsync("delete from public.settings");
        Assert.Equal("none none none configuration none", await SourcesAsync());
        await panel.Database.ExecuteAsync("drop table public.settings");
        Assert.Equal("none none none configuration none", await SourcesAsync());

        async Task<string> SourcesAsync()
        {
            var sources = new List<string>();
            foreach (var name in new[] { "virtfusion_api_url", "virtfusion_api_token", "discord_webhook_url", "paypal_client_id",
                "paypal_client_secret" })
                sources.Add($"{(await app.GetAsync($"/api/admin/settings/{name}")).Body["source"]}");
            return string.Join(' ', sources);
        }
    }

    [Fact]
    public async Task The_app_starts_without_the_key_ring_says_what_it_cant_read_asks_nothing_of_VirtFusion_and_bills_when_it_is_set_anew()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(3));
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/1", Fault.Answer(422, """{"msg":"not now"}"""),
            times: 1);
        var before = await panel.StartAppAsync();
        Assert.Equal(HttpStatusCode.OK, (await before.PutAsync(Token, new { value = panel.VirtFusion.ApiToken })).Status);
        await before.PostAsync(OutsidePanel.Trigger);
        before.Terminate();
        await before.ExitAsync();
        await panel.Database.ExecuteAsync(
            "delete from cron_service.data_protection_keys; insert into public.settings (key, value) values ('virtfusion_api_token', " +
            "'of-another-time')");
        var asked = panel.VirtFusion.Requests.Received.Count;

        var app = await panel.StartAppAsync(("VirtFusion__ApiToken", ""), ("Wallet__MaxAttempts", "2"));
        await app.SaysAsync("The stored setting virtfusion_api_token can't be decrypted");
        Assert.Equal("""["virtfusion_api_token"]""", (await app.GetAsync("/api/health/ready")).Body["unreadableSettings"]!.ToJsonString());
        Assert.Equal(["secrets", "virtfusion"], (await app.GetAsync("/api/admin/doctor")).Body["findings"]!.AsArray()
            .Where(finding => $"{finding!["state"]}" == "failing").Select(finding => $"{finding!["name"]}").Order());
        for (var run = 0; run < 3; run++)
            Assert.Contains("virtfusion_api_token can't be decrypted", $"{(await app.PostAsync(OutsidePanel.Trigger)).Body["message"]}",
                StringComparison.Ordinal);
        await app.PostAsync("/api/admin/cron/jobs/monitoring/trigger");
        Assert.Equal(asked, panel.VirtFusion.Requests.Received.Count);
        Assert.Equal("pending", await panel.ScalarAsync<string>("select string_agg(state, ',') from cron_service.debits"));

        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(Token, new { value = panel.VirtFusion.ApiToken })).Status);
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.Equal("settled", await panel.ScalarAsync<string>("select string_agg(state, ',') from cron_service.debits"));
        Assert.Equal("[]", (await app.GetAsync("/api/health/ready")).Body["unreadableSettings"]!.ToJsonString());
    }

    [Fact]
    public async Task A_token_that_is_removed_and_set_nowhere_else_is_used_no_more()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(3));
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_token', @token)",
            ("token", PanelToken));
        var app = await panel.StartAppAsync(("VirtFusion__ApiToken", ""));
        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(Token, new { value = panel.VirtFusion.ApiToken })).Status);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/1", Fault.Answer(422, """{"msg":"not now"}"""),
            times: 1);
        await app.PostAsync(OutsidePanel.Trigger);
        var asked = panel.VirtFusion.Requests.Received.Count;
        Assert.NotEqual(0, asked);

        // A blank says nothing.
        await panel.Database.ExecuteAsync("update public.settings set value = ' ' where key = 'virtfusion_api_token'");
        Assert.Equal("none", $"{(await app.SendAsync(HttpMethod.Delete, Token)).Body["source"]}");
        await app.PostAsync("/api/admin/cron/jobs/monitoring/trigger");
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.Empty(panel.VirtFusion.Requests.Received.Skip(asked).Select(request => $"{request.Method} {request.PathAndQuery}"));
        Assert.Equal("pending", await panel.ScalarAsync<string>("select string_agg(state, ',') from cron_service.debits"));

        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(Token, new { value = panel.VirtFusion.ApiToken })).Status);
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.Equal("settled", await panel.ScalarAsync<string>("select string_agg(state, ',') from cron_service.debits"));
    }

    [Fact]
    public async Task A_token_for_a_configured_address_outlasts_the_stored_one()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_token', @token)",
            ("token", PanelToken));
        var app = await panel.StartAppAsync(("VirtFusion__ApiToken", ""));
        await app.PutAsync(Url, new { value = "https://elsewhere.example" });
        await app.PutAsync(Token, new { value = panel.VirtFusion.ApiToken });
        using var deleted = await app.Http.DeleteAsync(Url, TestContext.Current.CancellationToken);

        Assert.True(deleted.IsSuccessStatusCode);
        Assert.Equal("stored", $"{(await app.GetAsync(Token)).Body["source"]}");
    }

    [Fact]
    public async Task An_address_set_over_HTTP_is_sent_no_token_but_one_that_was_set_for_it()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await using var elsewhere = await VirtFusionSimulator.StartAsync(new(), TestContext.Current.CancellationToken);
        await panel.Database.ExecuteAsync(
            "insert into public.settings (key, value) values ('virtfusion_api_url', @url), ('virtfusion_api_token', @token)",
            ("url", panel.VirtFusion.BaseAddress.ToString()), ("token", panel.VirtFusion.ApiToken));
        var app = await panel.StartAppAsync(("VirtFusion__BaseUrl", ""), ("VirtFusion__ApiToken", ""));

        await PutAsync(Url, elsewhere.BaseAddress.ToString());
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.Empty(elsewhere.Requests.Received);
        Assert.NotEmpty(panel.VirtFusion.Requests.Received);

        await PutAsync(Token, elsewhere.ApiToken);
        await PutAsync(Url, $"{elsewhere.BaseAddress}/");
        await app.PostAsync(OutsidePanel.Trigger);
        Assert.NotEmpty(elsewhere.Requests.Received);

        await PutAsync(Url, "https://a-third.example");
        Assert.Null((await app.GetAsync(Token)).Body["stored"]);
        Assert.Equal("it was set for another address",
            await panel.ScalarAsync<string>(
                "select reason from cron_service.audit where action = 'delete-setting' and subject = 'virtfusion_api_token'"));

        await PutAsync(Token, elsewhere.ApiToken);
        using var deleted = await app.Http.DeleteAsync(Url, TestContext.Current.CancellationToken);
        Assert.True(deleted.IsSuccessStatusCode);
        Assert.Null((await app.GetAsync(Token)).Body["stored"]);

        async Task PutAsync(string path, string value) => Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(path, new { value })).Status);
    }
}
