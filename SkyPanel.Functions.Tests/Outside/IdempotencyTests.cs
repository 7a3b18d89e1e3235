using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using SkyPanel.Functions.Tests.Fuzzing;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Every POST, asked three times at once and once more after, with one Idempotency-Key: it is done once, and all hear the first
/// answer, to the byte.</summary>
public sealed class IdempotencyTests
{
    // A preview changes nothing either.
    // It answers what the schedule means and does nothing: to be asked again costs what a first answer would cost to keep.
    // A second wake starts nothing that the first has started.
    // PayPal sends its events again and again with ids of their own, and a payer's return asks PayPal how the order stands.
    private static readonly string[] Exempt = ["PayPalWebhook", "PreviewTemplate", "ReturnFromPayPal", "SimulateMonth",
        "ValidateSchedule", "Wake"];

    // They need a PayPal: Payments/TopUpHttpTests, and Customers/OwnPageTests with a customer's link.
    private static readonly string[] TriedElsewhere = ["GrantTopUp", "OpenTopUp", "RefundTopUp"];

    private const string Keys = "/api/admin/keys";

    // Where the change is made and its answer is about to be written down, it waits for the test.
    private const string WaitSql = """
        create function public.wait() returns trigger language plpgsql as
                $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$;
        create trigger wait before update on cron_service.idempotency_keys for each row execute function public.wait()
        """;

    [Fact]
    public async Task Each_POST_that_is_repeated_with_its_key_is_done_once_and_answered_as_at_first()
    {
        await using var deeds = await Deeds.StartAsync();
        var tried = new HashSet<string>();
        await foreach (var deed in deeds.AllAsync())
        {
            tried.Add(deed.Function);
            var lines = await AuditLinesAsync(deeds.Panel);
            var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AskAsync(deeds.App, deed)));
            var digests = await DigestsAsync(deeds.Panel);
            var late = await AskAsync(deeds.App, deed);

            Assert.All(answers, answer => Assert.True((int)answer.Status is >= 200 and < 300, $"{deed}: {answer}"));
            Assert.Equal((deed, lines + 1), (deed, await AuditLinesAsync(deeds.Panel)));
            Assert.Equal(digests, await DigestsAsync(deeds.Panel));
            Assert.All(answers.Append(late), answer => Assert.Equal((deed, Comparable(answers[0])), (deed, Comparable(answer))));
        }
        Assert.Equal(Deeds.Posts().Except(Exempt).Except(TriedElsewhere).Order(), tried.Order());
    }

    [Fact]
    public void What_knows_the_key_says_so_and_what_does_nothing_has_no_need_of_it() =>
        Assert.Equal(Deeds.Posts().Except(Exempt).Order(), Deeds.Posts(says => says.IsRepeatable).Order());

    [Fact]
    public async Task A_key_is_made_or_rotated_once_when_the_app_is_killed_between_that_and_its_answer()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        var dies = await panel.StartAppAsync();
        var id = (await dies.PostAsync(Keys, new { name = "before", role = "viewer" })).Body["info"]!["id"]!.GetValue<string>();
        var asked = new[] { (Path: Keys, Body: (object)new { name = "once", role = "viewer" }), ($"{Keys}/{id}/rotate", new { }) };
        await panel.Database.ExecuteAsync(WaitSql);
        await using (var connection = await panel.Database.Source.OpenConnectionAsync(ct))
        await using (await connection.BeginTransactionAsync(ct))
        {
            await using var gate = new NpgsqlCommand("select pg_advisory_xact_lock(4711)", connection);
            await gate.ExecuteNonQueryAsync(ct);
            var answers = asked.Select(ask => dies.SendAsync(HttpMethod.Post, ask.Path, ask.Body, "same")).ToArray();
            await panel.Database.BlockedAsync(2);
            await dies.KillAsync();
            foreach (var answer in answers)
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer);
        }
        await panel.UntilAsync("select not exists (select from pg_stat_activity where datname = current_database() and state <> 'idle' " +
            "and query like '%idempotency_keys set status_code%' and pid <> pg_backend_pid())");
        await panel.Database.ExecuteAsync(
            "drop function public.wait cascade; update cron_service.idempotency_keys set created_at = now() - interval '3 minutes'");

        var app = await panel.StartAppAsync();
        foreach (var (path, body) in asked)
        {
            Assert.NotNull((await app.SendAsync(HttpMethod.Post, path, body, "same")).Body["key"]);
            Assert.Null((await app.SendAsync(HttpMethod.Post, path, body, "same")).Body["key"]);
        }
        Assert.Equal((2L, 1L), (await panel.ScalarAsync<long>("select count(*) from cron_service.api_keys"),
            await panel.ScalarAsync<long>("select count(*) from cron_service.audit where action = 'rotate-key'")));
    }

    // A secret is in the first answer alone.
    private static string Comparable((HttpStatusCode Status, string? Type, string Text) answer)
    {
        var body = JsonNode.Parse(answer.Text)!.AsObject();
        var isShown = (body.Remove("key") || body.Remove("secret") || body.Remove("address")) && body.Remove("message");
        return $"{answer.Status} {answer.Type} {(isShown ? body.ToJsonString() : answer.Text)}";
    }

    private static async Task<(HttpStatusCode Status, string? Type, string Text)> AskAsync(AppProcess app, Deed deed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, deed.Path) { Content = JsonContent.Create(deed.Body),
            Headers = { { "Idempotency-Key", deed.Path } } };
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static Task<long> AuditLinesAsync(OutsidePanel panel) => panel.ScalarAsync<long>("select count(*) from cron_service.audit");

    // The lease of a run that is executing is renewed whatever is asked.
    private static async Task<Dictionary<string, string>> DigestsAsync(OutsidePanel panel)
    {
        var digests = await new TableDigests(panel.Database.Source).TakeAsync(TestContext.Current.CancellationToken);
        digests.Remove("cron_service.leases");
        return digests;
    }
}
