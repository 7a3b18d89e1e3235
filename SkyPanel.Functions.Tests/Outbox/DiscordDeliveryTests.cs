using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class DiscordDeliveryTests
{
    private const string Post = "api/webhooks/";

    [Fact]
    public async Task A_message_is_posted_once_waits_for_the_answer_and_mentions_nobody()
    {
        await using var bench = await DiscordBench.StartAsync();
        await bench.OweAsync("@everyone look");

        await bench.DeliverAsync();
        await bench.DeliverAsync();

        var message = Assert.Single(bench.Discord.Messages);
        Assert.Equal("[]", message["allowed_mentions"]!["parse"]!.ToJsonString());
        Assert.EndsWith("?wait=true", Assert.Single(bench.Discord.Requests.Received).PathAndQuery, StringComparison.Ordinal);
        Assert.Equal("settled after 0", await bench.StateAsync("@everyone look"));
    }

    [Fact]
    public async Task Asked_to_wait_it_waits_counts_no_attempt_and_asks_nothing_meanwhile()
    {
        await using var bench = await DiscordBench.StartAsync();
        bench.Discord.Faults.Add("POST", Post,
            Fault.Answer(429, """{"message":"You are being rate limited.","retry_after":600.25,"global":false}""")
            .With("Retry-After", "601"), times: 1);
        await bench.OweAsync("one", "a");
        await bench.OweAsync("two", "b");

        await bench.DeliverAsync();
        await bench.DueAsync();
        await bench.DeliverAsync();

        Assert.Single(bench.Discord.Requests.Received);
        Assert.StartsWith("pending after 0: Discord asked to wait", await bench.StateAsync("one"), StringComparison.Ordinal);
        Assert.InRange(await bench.Panel.Database.ScalarAsync<double>(
            "select extract(epoch from min(next_attempt_at) - now())::float8 from cron_service.outbox"), 590, 600.25);
        // Another process doesn't know, asks, and is let in.
        await bench.DueAsync();
        await bench.DeliverAsync(bench.Panel.StartApp(("Discord:WebhookUrl", bench.Discord.WebhookUrl)));
        Assert.Equal(["one", "two"], bench.Contents.Order());
    }

    [Fact]
    public async Task A_bucket_that_is_used_up_is_left_alone_until_it_is_full_again()
    {
        await using var bench = await DiscordBench.StartAsync();
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(200, "{}").With("X-RateLimit-Remaining", "0")
            .With("X-RateLimit-Reset-After", "1.5"), times: 1);
        await bench.OweAsync("one", "a");
        await bench.OweAsync("two", "b");

        await bench.DeliverAsync();

        Assert.Single(bench.Discord.Requests.Received);
        Assert.Equal(["pending", "settled"], new[] { await bench.StateAsync("one"), await bench.StateAsync("two") }.Select(state =>
            state!.Split(' ')[0]).Order());
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(401)]
    public async Task A_webhook_that_is_gone_or_refuses_is_left_alone_until_the_setting_changes(int status)
    {
        await using var bench = await DiscordBench.StartAsync();
        var app = bench.Panel.StartApp(("Discord:WebhookUrl", ""));
        await bench.Panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('discord_webhook_url', @url)",
            ("url", bench.Discord.WebhookUrl));
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(status, """{"message":"Unknown Webhook","code":10015}"""));
        await bench.OweAsync("one");

        for (var time = 0; time < 3; time++)
        {
            await bench.DeliverAsync(app);
            await bench.DueAsync();
        }
        Assert.Single(bench.Discord.Requests.Received);
        Assert.StartsWith($"pending after 0: Discord answered {status}", await bench.StateAsync("one"), StringComparison.Ordinal);

        bench.Discord.Faults.Clear();
        bench.Discord.Token = "another";
        await bench.Panel.Database.ExecuteAsync("update public.settings set value = @url where key = 'discord_webhook_url'",
            ("url", bench.Discord.WebhookUrl));
        await bench.DeliverAsync(app);
        Assert.Equal(["one"], bench.Contents);
    }

    [Fact]
    public async Task A_webhook_that_refused_is_asked_again_after_an_hour()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await DiscordBench.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var mutex = new AsyncMutex<DiscordClient>();
        var client = new DiscordClient(bench.Panel.Services.GetRequiredService<IHttpClientFactory>(), mutex, time);
        var webhook = DiscordWebhook.Parse(bench.Discord.WebhookUrl)!;
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(403), times: 1);

        Assert.IsType<DiscordAnswer.Closed>(await client.PostAsync(webhook, new("one", []), ct));
        Assert.IsType<DiscordAnswer.Closed>(await client.PostAsync(webhook, new("two", []), ct));
        time.Advance(TimeSpan.FromMinutes(61));
        Assert.IsType<DiscordAnswer.Ok>(await client.PostAsync(webhook, new("three", []), ct));
        Assert.Equal(["three"], bench.Contents);
    }

    [Fact]
    public async Task Without_a_webhook_nothing_is_kept_for_later()
    {
        await using var bench = await DiscordBench.StartAsync();
        await bench.OweAsync("one");

        await bench.DeliverAsync(bench.Panel.StartApp(("Discord:WebhookUrl", "")));

        Assert.Equal("discarded after 0: Discord is off: no webhook is set", await bench.StateAsync("one"));
    }

    [Fact]
    public async Task What_Discord_will_never_take_is_discarded_with_its_reason()
    {
        await using var bench = await DiscordBench.StartAsync();
        await bench.OweAsync(" ");

        await bench.DeliverAsync();

        Assert.StartsWith("discarded after 0: Discord answered 400: {\"message\":\"Invalid Form Body\"", await bench.StateAsync(" "),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_reaches_no_log_no_span_and_no_reason_however_much_is_logged()
    {
        var spans = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (spans)
                    spans.Add(string.Join(' ', activity.TagObjects));
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var bench = await DiscordBench.StartAsync();
        using var log = new DiscordBench.Lines();
        var loggers = bench.Panel.Services.GetRequiredService<ILoggerFactory>();
        loggers.AddProvider(log);
        var secret = bench.Discord.Token;
        bench.Discord.Faults.Add("POST", Post,
            Fault.Answer(400, $$"""{"message":"no {{new Uri(bench.Discord.WebhookUrl).AbsolutePath}}"}"""), times: 1);
        bench.Discord.Faults.Add("POST", Post, Fault.Reset(), times: 1);
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(404), times: 1);

        foreach (var key in new[] { "refused", "reset", "gone" })
        {
            await bench.OweAsync(key);
            await bench.DeliverAsync();
            await bench.DueAsync();
        }
        await bench.DeliverAsync();

        Assert.NotEmpty(log.Seen);
        Assert.DoesNotContain(log.Seen, line => line.Contains(secret, StringComparison.Ordinal));
        lock (spans)
            Assert.DoesNotContain(spans, span => span.Contains(secret, StringComparison.Ordinal)); // Other tests' spans are among them.
        Assert.Equal(0, await bench.Panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.outbox where position(@secret in outbox::text) > 0", ("secret", secret)));
        Assert.Equal("***", DiscordWebhook.Parse(bench.Discord.WebhookUrl)!.ToString());
    }
}
