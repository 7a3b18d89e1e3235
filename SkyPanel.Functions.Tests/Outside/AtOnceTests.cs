using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What many ask at the same time.</summary>
public sealed class AtOnceTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Keys = "/api/admin/keys";
    private const string Maintenance = "/api/admin/cron/jobs/maintenance/settings";

    [Fact]
    public async Task A_field_that_one_change_leaves_out_is_not_turned_back_to_what_it_was_before_another()
    {
        var (here, there) = (await panel.SharedAppAsync(), await panel.StartAppAsync());
        for (var round = 0; round < 10; round++)
        {
            await here.PutAsync(Maintenance, new { enabled = true });
            await Task.WhenAll(here.PutAsync(Maintenance, new { note = $"here {round}" }),
                there.PutAsync(Maintenance, new { enabled = false }), here.PutAsync(Maintenance, new { schedule = "30 4 * * *" }));
            var now = (await there.GetAsync(Maintenance)).Body;
            Assert.Equal((round, false, $"here {round}"), (round, now["enabled"]!.GetValue<bool>(), now["note"]!.GetValue<string>()));
        }
        Assert.Equal(40, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.audit where action = 'change-settings' and subject = 'maintenance'"));
    }

    [Fact]
    public async Task Who_hangs_up_leaves_a_change_of_settings_with_its_line_in_the_audit()
    {
        const string backup = "/api/admin/cron/jobs/backup/settings";
        var app = await panel.SharedAppAsync();
        using var hangsUp = new CancellationTokenSource();
        await using (var connection = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var locked = new Npgsql.NpgsqlCommand("lock table cron_service.audit in access exclusive mode", connection);
            await locked.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var asked = app.Http.PutAsJsonAsync(backup, new { note = "and gone" }, hangsUp.Token);
            await panel.Database.BlockedAsync(1);
            await hangsUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }
        await panel.UntilAsync("""
            select exists (select from cron_service.jobs where job = 'backup' and note = 'and gone')
                and exists (select from cron_service.audit where subject = 'backup' and after ->> 'note' = 'and gone')
            """);
    }

    [Theory]
    [InlineData("/api/admin/billing/integrity", "cron_service.charges")]
    [InlineData("/api/admin/cron/metrics?from=2026-01-01&to=2026-12-31", "cron_service.runs")]
    public async Task Who_asks_for_much_leaves_the_database_to_the_others(string path, string table)
    {
        var app = await panel.SharedAppAsync();
        Task<(HttpStatusCode Status, JsonObject Body)>[] asked;
        await using (var connection = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var locked = new Npgsql.NpgsqlCommand($"lock table {table} in access exclusive mode", connection);
            await locked.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            asked = [.. Enumerable.Range(0, 40).Select(_ => app.GetAsync(path))];
            await panel.Database.BlockedAsync(1);
            // The app has twenty connections.
            Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(Keys)).Status);
            Assert.Equal(1, await panel.ScalarAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"));
        }
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task A_stranger_who_asks_what_is_open_too_often_is_told_to_wait_and_a_key_still_passes()
    {
        await panel.SharedAppAsync();
        var app = await panel.StartAppAsync();
        using var stranger = new HttpClient { BaseAddress = app.Http.BaseAddress };
        var answers = new List<(HttpStatusCode Status, TimeSpan? RetryAfter)>();
        for (var round = 0; answers.TrueForAll(answer => answer.Status == HttpStatusCode.OK) && round < 20; round++)
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => AskAsync(stranger, "/api/health/ready"))));

        Assert.InRange(answers.Count(answer => answer.Status == HttpStatusCode.OK), 300, answers.Count - 1);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.Equal((HttpStatusCode.TooManyRequests, true), (answer.Status, answer.RetryAfter > TimeSpan.Zero)));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(app.Http, OutsidePanel.Settings)).Status);
    }

    [Fact]
    public async Task A_mutex_lets_one_caller_in_at_a_time_and_a_caller_that_gives_up_does_nothing()
    {
        using var mutex = new AsyncMutex<AtOnceTests>();
        var (first, second) = (new TaskCompletionSource<int>(), 0);
        using var patience = new CancellationTokenSource();
        var waiting = mutex.RunAsync(() => first.Task, CancellationToken.None);
        var givesUp = mutex.RunAsync(() => Task.FromResult(second = 1), patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        first.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        Assert.Equal((0, 2), (second, await mutex.RunAsync(() => Task.FromResult(2), CancellationToken.None)));
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> AskAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta);
    }
}
