using System.Text.Json.Nodes;
using SkyPanel.Functions.Tests.Fuzzing;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Every POST, asked three times at once and once more after, with one Idempotency-Key: it is done once, and all hear the first answer.</summary>
public sealed class IdempotencyTests
{
    // It answers what the schedule means and does nothing: to be asked again costs what a first answer would cost to keep.
    private static readonly string[] Exempt = ["ValidateSchedule"];

    [Fact]
    public async Task Each_POST_that_is_repeated_with_its_key_is_done_once_and_answered_as_at_first()
    {
        await using var deeds = await Deeds.StartAsync();
        var tried = new HashSet<string>();
        await foreach (var deed in deeds.AllAsync())
        {
            tried.Add(deed.Function);
            var lines = await AuditLinesAsync(deeds.Panel);
            var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => deeds.App.SendAsync(HttpMethod.Post, deed.Path, deed.Body, deed.Path)));
            var digests = await DigestsAsync(deeds.Panel);
            var late = await deeds.App.SendAsync(HttpMethod.Post, deed.Path, deed.Body, deed.Path);

            Assert.All(answers, answer => Assert.True((int)answer.Status is >= 200 and < 300, $"{deed}: {answer}"));
            Assert.Equal((deed, lines + 1), (deed, await AuditLinesAsync(deeds.Panel)));
            Assert.Equal(digests, await DigestsAsync(deeds.Panel));
            Assert.All(answers.Append(late), answer => Assert.True(
                answers[0].Status == answer.Status && JsonNode.DeepEquals(Comparable(answers[0].Body), Comparable(answer.Body)), $"{deed}:\n{answers[0]}\n{answer}"));
        }
        Assert.Equal(Deeds.Posts().Except(Exempt).Order(), tried.Order());
    }

    [Fact]
    public void What_knows_the_key_says_so_and_what_does_nothing_has_no_need_of_it() =>
        Assert.Equal(Deeds.Posts().Except(Exempt).Order(), Deeds.Posts(says => says.IsRepeatable).Order());

    // A secret is in the first answer alone.
    private static JsonObject Comparable(JsonObject body) =>
        new(body.Where(member => member.Key is not ("key" or "message")).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));

    private static Task<long> AuditLinesAsync(OutsidePanel panel) => panel.ScalarAsync<long>("select count(*) from cron_service.audit");

    // The lease of a run that is executing is renewed whatever is asked.
    private static async Task<Dictionary<string, string>> DigestsAsync(OutsidePanel panel)
    {
        var digests = await new TableDigests(panel.Database.Source).TakeAsync(TestContext.Current.CancellationToken);
        digests.Remove("cron_service.leases");
        return digests;
    }
}
