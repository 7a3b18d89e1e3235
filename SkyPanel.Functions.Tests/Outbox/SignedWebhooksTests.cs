using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;
using StandardWebhooks.Diagnostics;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class SignedWebhooksTests
{
    private const string Body = """{"type":"notice.runway","data":{"text":"§ ö ✓"}}""";

    [Fact]
    public async Task A_receiver_verifies_the_signature_with_its_secret_and_with_no_other()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var secret = SignedWebhooks.NewSecret();

        Assert.IsType<AttemptOutcome.Settled>(await PostAsync(receiver, secret));

        var received = Assert.Single(receiver.Received);
        Assert.Equal((Body, "notice-1"), (received.Body, received.Id));
        received.Verify(secret);
        Assert.Throws<WebhookVerificationException>(() => received.Verify(SignedWebhooks.NewSecret()));
        Assert.Throws<WebhookVerificationException>(() => (received with { Body = Body.Replace('1', '2') + " " }).Verify(secret));
    }

    [Fact]
    public async Task While_a_secret_is_replaced_both_verify()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (newest, before) = (SignedWebhooks.NewSecret(), SignedWebhooks.NewSecret());

        await PostAsync(receiver, newest, before);

        var received = Assert.Single(receiver.Received);
        Assert.Equal(2, received.Signatures.Length);
        received.Verify(newest);
        received.Verify(before, signature: 1);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        (receiver.Status, receiver.Headers["Location"]) = (307, elsewhere.Address);

        var failed = Assert.IsType<AttemptOutcome.Failed>(await PostAsync(receiver, SignedWebhooks.NewSecret()));

        Assert.Equal("the endpoint answered 307: redirects are not followed", failed.Reason);
        Assert.Empty(elsewhere.Received);
    }

    [Fact]
    public async Task What_a_receiver_answers_is_told_apart()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var secret = SignedWebhooks.NewSecret();

        receiver.Status = 500;
        Assert.Equal(new AttemptOutcome.Failed("the endpoint answered 500"), await PostAsync(receiver, secret));
        receiver.Status = 410;
        Assert.IsType<AttemptOutcome.Discarded>(await PostAsync(receiver, secret));
        (receiver.Status, receiver.Headers["Retry-After"]) = (429, "120");
        Assert.Equal(TimeSpan.FromMinutes(2), Assert.IsType<AttemptOutcome.PutOff>(await PostAsync(receiver, secret)).Wait);
    }

    [Fact]
    public async Task Nobody_there_and_no_answer_in_time_are_unreachable()
    {
        var receiver = await WebhookReceiver.StartAsync();
        receiver.Gate = new RequestGate();

        Assert.Equal(new AttemptOutcome.Failed("the endpoint gave no answer within 10 s", IsUnreachable: true),
            await PostAsync(receiver, SignedWebhooks.NewSecret()));
        await receiver.DisposeAsync();
        Assert.Equal(new AttemptOutcome.Failed("the endpoint can't be reached (ConnectionError)", IsUnreachable: true),
            await PostAsync(receiver, SignedWebhooks.NewSecret()));
    }

    [Theory]
    [InlineData("https://example.com/hooks?key=1", true)]
    [InlineData("http://127.0.0.1:5000/hooks", true)]
    [InlineData("http://localhost/hooks", true)]
    [InlineData("http://example.com/hooks", false)]
    [InlineData("https://user:password@example.com/", false)]
    [InlineData("https://example.com/#part", false)]
    [InlineData("ftp://example.com/", false)]
    [InlineData("/hooks", false)]
    [InlineData("", false)]
    public void Only_addresses_that_may_get_secrets_are_taken(string text, bool isTaken) =>
        Assert.Equal(isTaken, SignedWebhooks.ParseAddress(text) is not null);

    private static async Task<AttemptOutcome> PostAsync(WebhookReceiver receiver, params string[] secrets)
    {
        await using var app = PrivateAddressesTests.App("true");
        return await app.GetRequiredService<SignedWebhooks>().PostAsync(SignedWebhooks.ParseAddress(receiver.Address)!, secrets,
            "notice-1", Body, TestContext.Current.CancellationToken);
    }
}
