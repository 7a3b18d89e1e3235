using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Health;

public sealed class CheckRecordsTests
{
    private static readonly Finding Ok = Finding.Ok("well"), Failing = Finding.Failing("bad"), Unknown = Finding.Warning("can't tell");

    // Findings in order, and what was told after each: B broken, H healed, - nothing.
    private static readonly (string Found, string Told)[] Courses =
    [
        ("ok ok", "- -"),
        ("failing failing ok ok failing", "B - H - B"),
        ("unknown unknown ok unknown unknown", "- - - - -"),
        ("unknown unknown unknown unknown ok", "- - B - H"),
        ("failing unknown failing unknown ok", "B - - - H"),
        ("ok unknown failing", "- - B"),
    ];

    [Fact]
    public async Task Only_what_changes_is_told_and_not_to_know_is_no_alarm_at_first()
    {
        await using var bench = await MonitoringBench.StartAsync();
        foreach (var (found, told) in Courses)
        {
            var seen = new List<string>();
            foreach (var state in found.Split(' '))
            {
                var before = bench.Told.Length;
                await bench.StoreAsync(found, state switch { "ok" => Ok, "failing" => Failing, _ => Unknown });
                await bench.DeliverAsync();
                seen.Add(bench.Told.Skip(before)
                    .ToArray() switch { [] => "-", [var title] when title.EndsWith("is broken", StringComparison.Ordinal) => "B",
                    [_] => "H", var other => string.Join(',', other) });
            }
            Assert.Equal(told, string.Join(' ', seen));
        }
    }

    [Fact]
    public async Task Two_instances_that_find_the_same_at_once_tell_it_once()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await MonitoringBench.StartAsync();
        await bench.StoreAsync("x", Ok);
        var other = bench.Panel.StartApp();

        Task[] storing;
        await using (var connection = await bench.Panel.Database.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "select from cron_service.checks for update";
            await command.ExecuteNonQueryAsync(ct);
            storing = [bench.StoreAsync("x", Failing), bench.StoreAsync("x", Failing, other)];
            await bench.Panel.Database.BlockedAsync(2);
            await transaction.RollbackAsync(ct);
        }
        await Task.WhenAll(storing);
        await bench.DeliverAsync();

        Assert.Equal(["x is broken"], bench.Told);
    }

    [Fact]
    public async Task What_was_found_before_the_latest_finding_changes_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await MonitoringBench.StartAsync();
        var records = bench.Panel.Services.GetRequiredService<CheckRecords>();
        var early = await records.NowAsync(ct);
        await bench.StoreAsync("x", Failing);

        await records.StoreAsync("x", Ok, early, null, ct);
        await bench.DeliverAsync();

        Assert.Equal(["x is broken"], bench.Told);
        Assert.Equal(CheckState.Failing, (await bench.CheckAsync("x")).State);
    }

    // Between two runs of the job: the heartbeat looks at what costs nothing, and delivers.
    [Fact]
    public async Task What_waits_for_a_person_is_told_by_the_next_heartbeat()
    {
        await using var bench = await MonitoringBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.holds (scope, server_id, from_hour, until_hour, hours, reason)
                values ('server', 7, '2026-01-01Z', '2026-01-01 01:00Z', 1, 'old')
            """);
        var heartbeat = bench.Panel.Services.GetRequiredService<Heartbeat>();

        await heartbeat.BeatAsync(TestContext.Current.CancellationToken);
        await heartbeat.BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["held is broken"], bench.Told);
    }
}
