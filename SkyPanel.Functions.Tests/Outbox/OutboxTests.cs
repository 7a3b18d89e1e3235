using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class OutboxTests
{
    private const string Post = "api/webhooks/";

    [Fact]
    public async Task What_is_owed_twice_is_delivered_once_and_what_was_rolled_back_never()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await DiscordBench.StartAsync();
        await using (var connection = await bench.Panel.Database.Source.OpenConnectionAsync(ct))
        await using (await connection.BeginTransactionAsync(ct))
            Assert.True(await OutboxWriter.AddAsync(connection, "discord", "s", "rolled back", "{}", ct));

        Assert.True(await bench.OweAsync("one"));
        Assert.False(await bench.OweAsync("one"));
        await bench.DeliverAsync();
        Assert.False(await bench.OweAsync("one"));
        await bench.DeliverAsync();

        Assert.Equal(["one"], bench.Contents);
    }

    // Both want the same row at the same moment: one gets it, the other goes on.
    [Fact]
    public async Task Two_instances_that_claim_at_once_deliver_each_message_once()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await DiscordBench.StartAsync();
        foreach (var number in Enumerable.Range(0, 20))
            await bench.OweAsync($"message {number}", $"subject {number}");
        var other = bench.Panel.StartApp(("Discord:WebhookUrl", bench.Discord.WebhookUrl));

        Task[] delivering;
        await using (var connection = await bench.Panel.Database.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "lock table cron_service.outbox in exclusive mode";
            await command.ExecuteNonQueryAsync(ct);
            delivering = [bench.DeliverAsync(), bench.DeliverAsync(other)];
            await bench.Panel.Database.BlockedAsync(8);
            await transaction.RollbackAsync(ct);
        }
        await Task.WhenAll(delivering);

        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"message {number}").Order(), bench.Contents.Order());
    }

    [Fact]
    public async Task A_message_that_is_being_sent_is_left_alone_and_who_was_overtaken_decides_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await DiscordBench.StartAsync();
        await bench.OweAsync("one");
        var gate = new RequestGate();
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(503).Behind(gate), times: 1);

        var slow = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, ct);
        var other = bench.Panel.StartApp(("Discord:WebhookUrl", bench.Discord.WebhookUrl));
        await bench.DeliverAsync(other);
        Assert.Empty(bench.Contents);

        await bench.Panel.Database.ExecuteAsync("update cron_service.outbox set claimed_until = now()");
        await bench.DeliverAsync(other);
        gate.Open();
        await slow;

        Assert.Equal(["one"], bench.Contents);
        Assert.Equal("settled after 0", await bench.StateAsync("one"));
    }

    [Fact]
    public async Task A_failure_backs_off_and_the_last_one_discards_with_its_reason()
    {
        await using var bench = await DiscordBench.StartAsync(("Outbox:MaxAttempts", "3"));
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(503));
        await bench.OweAsync("one");
        var waits = new List<(double SinceBefore, double FromNow)>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var before = await bench.Panel.Database.ScalarAsync<DateTime>("select clock_timestamp()");
            await bench.DeliverAsync();
            await bench.DeliverAsync();
            waits.Add((await bench.Panel.Database.ScalarAsync<double>(
                "select extract(epoch from next_attempt_at - @before)::float8 from cron_service.outbox", ("before", before)),
                await bench.Panel.Database.ScalarAsync<double>(
                    "select extract(epoch from next_attempt_at - now())::float8 from cron_service.outbox")));
            await bench.DueAsync();
        }

        Assert.Equal(3, bench.Discord.Requests.Received.Count);
        Assert.True(waits[0] is { SinceBefore: >= 30, FromNow: <= 37.5 }, $"{waits[0]}");
        Assert.True(waits[1] is { SinceBefore: >= 60, FromNow: <= 75 }, $"{waits[1]}");
        Assert.Equal("discarded after 3: Discord answered 503", await bench.StateAsync("one"));
    }

    [Fact]
    public async Task Messages_about_one_subject_keep_their_order_whatever_fails()
    {
        await using var bench = await DiscordBench.StartAsync();
        bench.Discord.Faults.Add("POST", Post, Fault.Answer(500), times: 1);
        await bench.OweAsync("broken");
        await bench.OweAsync("healed");

        await bench.DeliverAsync();
        Assert.Empty(bench.Contents);
        await bench.DueAsync();
        await bench.DeliverAsync();

        Assert.Equal(["broken", "healed"], bench.Contents);
    }

    [Fact]
    public async Task A_kind_that_this_version_does_not_know_waits_for_one_that_does()
    {
        await using var bench = await DiscordBench.StartAsync();
        await bench.OweAsync("later", "x", kind: "carrier-pigeon");
        await bench.OweAsync("now", "y");

        await bench.DeliverAsync();

        Assert.Equal(["now"], bench.Contents);
        Assert.Equal("pending after 0", await bench.StateAsync("later"));
    }
}
