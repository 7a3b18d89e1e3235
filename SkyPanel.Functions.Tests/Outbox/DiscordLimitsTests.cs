using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class DiscordLimitsTests
{
    // Characters given, characters that go out.
    [Theory]
    [InlineData("content", 2000, 2000)]
    [InlineData("content", 2001, 2000)]
    [InlineData("title", 256, 256)]
    [InlineData("title", 257, 256)]
    [InlineData("description", 4096, 4096)]
    [InlineData("description", 5000, 4096)]
    public void A_part_that_is_too_long_is_cut_and_says_so(string part, int given, int taken)
    {
        var text = new string('x', given);
        var fitted = DiscordLimits.Fit(new(part == "content" ? text : "c",
            [new(part == "title" ? text : "t", part == "description" ? text : "d")]));

        var embed = Assert.Single(fitted.Embeds);
        var seen = part switch { "content" => fitted.Content, "title" => embed.Title, _ => embed.Description };
        Assert.Equal(taken, seen!.Length);
        Assert.Equal(given > taken, seen.EndsWith('…'));
    }

    [Fact]
    public void All_embeds_together_keep_to_six_thousand_and_the_first_come_first()
    {
        var fitted = DiscordLimits.Fit(new(null,
            [.. Enumerable.Range(0, 12).Select(_ => new DiscordEmbed(new string('t', 300), new string('d', 5000)))]));

        Assert.Equal((256, 4096), (fitted.Embeds[0].Title!.Length, fitted.Embeds[0].Description!.Length));
        Assert.Equal(DiscordLimits.Total, fitted.Embeds.Sum(embed => (embed.Title?.Length ?? 0) + (embed.Description?.Length ?? 0)));
        Assert.InRange(fitted.Embeds.Count, 2, 10);
    }

    [Fact]
    public void A_cut_never_halves_a_character()
    {
        var title = DiscordLimits.Fit(new(null, [new(new string('x', 254) + "🙂🙂", null)])).Embeds[0].Title!;

        Assert.Equal(new string('x', 254) + "…", title);
    }

    [Theory]
    [InlineData("https://discord.com/api/webhooks/123/abc-DEF_1", true)]
    [InlineData("https://discordapp.com/api/v10/webhooks/123/abc", true)]
    [InlineData("https://ptb.discord.com/api/webhooks/123/abc", true)]
    [InlineData("http://127.0.0.1:5000/api/webhooks/1/abc", true)]
    [InlineData("http://discord.com/api/webhooks/123/abc", false)]
    [InlineData("https://discord.com:8443/api/webhooks/123/abc", false)]
    [InlineData("https://user@discord.com/api/webhooks/123/abc", false)]
    [InlineData("https://discord.com.evil.example/api/webhooks/123/abc", false)]
    [InlineData("https://evil.example/api/webhooks/123/abc", false)]
    [InlineData("https://discord.com/api/webhooks/123/abc?wait=false", false)]
    [InlineData("https://discord.com/api/users/@me", false)]
    [InlineData("https://169.254.169.254/api/webhooks/1/abc", false)]
    [InlineData("discord.com/api/webhooks/123/abc", false)]
    public void Only_a_webhook_of_Discord_is_one(string text, bool isOne) => Assert.Equal(isOne, DiscordWebhook.Parse(text) is not null);
}
