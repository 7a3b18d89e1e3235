using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Tests.Outbox;

namespace SkyPanel.Functions.Tests.Customers.Notices;

public sealed class TemplateTests
{
    private static readonly DateTime At = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    public static TheoryData<NoticeCause> Causes => [.. Enum.GetValues<NoticeCause>()];

    [Theory]
    [MemberData(nameof(Causes))]
    public void Every_cause_has_a_text_that_is_complete(NoticeCause cause)
    {
        NoticeTemplate.BuiltIn(cause).Check(cause);
        var shown = Render(NoticeTemplate.BuiltIn(cause), cause, "Ada");

        Assert.All([shown.Subject, shown.Text, shown.Html, shown.Summary],
            text => Assert.DoesNotContain("{{", text, StringComparison.Ordinal));
        Assert.StartsWith("<!doctype html>", shown.Html, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', shown.Summary);
    }

    [Fact]
    public void Amounts_are_in_currency_first_and_tokens_second_and_times_in_UTC()
    {
        Assert.StartsWith("Your balance of $12.50 (1,250 tokens) is enough for 24 more full hours of your servers, until 2026-03-02 " +
            "12:00 UTC.",
            Render(NoticeTemplate.BuiltIn(NoticeCause.Runway), NoticeCause.Runway, "Ada").Text, StringComparison.Ordinal);
        Assert.StartsWith("Your balance is used up: it is -$0.75 (-75 tokens).",
            Render(NoticeTemplate.BuiltIn(NoticeCause.SuspensionDue), NoticeCause.SuspensionDue, "Ada").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("49.189841", "$49.18 (4,918 tokens)")]
    [InlineData("0.009999", "$0.00 (0 tokens)")]
    [InlineData("-0.000001", "-$0.01 (-1 tokens)")]
    public void A_balance_is_never_shown_as_more_than_it_is(string balance, string shown) =>
        Assert.Equal(shown, new NoticeTemplate("s", "{{balance}} ({{balance_tokens}} tokens)", "h")
            .Render(NoticeValues.Of(NoticeCause.Runway,
            new(Balance: decimal.Parse(balance, System.Globalization.CultureInfo.InvariantCulture)), At, "Ada", new LedgerOptions()),
                "en").Text);

    [Fact]
    public void An_unknown_placeholder_is_refused_with_those_that_are_allowed()
    {
        var refused = Assert.Throws<BadInputException>(() => new NoticeTemplate("Hello", "You have {{hourz}} left", "")
            .Check(NoticeCause.Suspended));

        Assert.Equal(("text", "text has the unknown placeholder {{hourz}}: {{customer}}, {{servers}}, {{link}} are allowed."),
            (refused.Field, refused.Message));
        Assert.Equal("html", Assert.Throws<BadInputException>(() => new NoticeTemplate("a", "b", "<p>{{servers}</p>")
            .Check(NoticeCause.Suspended)).Field);
        Assert.Equal("subject", Assert.Throws<BadInputException>(() => new NoticeTemplate("a\nBcc: b@example.com", "b", "c")
            .Check(NoticeCause.Suspended)).Field);
    }

    [Theory]
    [InlineData("<script>alert(1)</script> & \"Söhne\"", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Söhne&quot;")]
    [InlineData("Ada\r\nBcc: b@example.com\u0000\u0007", "Ada Bcc: b@example.com")]
    [InlineData("\u202Eevil\u202C {{servers}}", "evil {{servers}}")]
    public void What_a_customer_is_called_is_text_and_nothing_else(string name, string inHtml) =>
        Assert.Contains($"<p>{inHtml}</p>", Render(new("s", "t", "<p>{{customer}}</p>"), NoticeCause.Suspended, name).Html,
            StringComparison.Ordinal);

    [Fact]
    public void Half_a_character_is_left_out() => Assert.Equal("a b", ForeignText.Clean($"a{'\uD83D'}b"));

    [Fact]
    public void A_name_from_right_to_left_leaves_the_order_of_the_sentence_alone() =>
        Assert.Equal("Hello \u2068שלום\u2069, 2 servers", Render(new("s", "Hello {{customer}}, 2 servers", "h"), NoticeCause.Suspended,
            "שלום").Text);

    [Fact]
    public async Task A_name_of_ten_thousand_characters_and_markup_arrives_cut_and_escaped_everywhere()
    {
        await using var bench = await NoticeBench.StartAsync();
        var name = $"[**Ada**](https://evil.example) @everyone <b>{new string('x', 10_000)}";
        var account = await bench.AddCustomerAsync(1, name);
        await bench.Get<NoticeTemplates>().WriteAsync(NoticeBench.Tester, NoticeCause.Runway, "en",
            new("For {{customer}}", "Dear {{customer}}", "<p>{{customer}}</p>"));
        await bench.EnableAsync();
        await bench.StandAsync(account, 20);

        Assert.Equal(1, await bench.WriteAsync());
        await bench.DeliverAsync();

        var mail = MailClientTests.Read(Assert.Single(bench.Mail.Mails));
        Assert.InRange(mail.Subject!.Length, 40, 100);
        Assert.DoesNotContain("<b>", mail.HtmlBody!, StringComparison.Ordinal);
        Assert.InRange(await bench.Panel.Database.ScalarAsync<int>("select length(message) from public.notifications"), 40, 100);
        var line = Assert.Single(bench.Discord.Messages)["content"]!.GetValue<string>();
        Assert.Contains(@"\[\*\*Ada\*\*\]\(https\:\/\/evil\.example\) \@everyone \<b\>xxx", line, StringComparison.Ordinal);
        Assert.EndsWith("…, user 1: runway, 20 h left", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stored_text_is_sent_in_its_language_else_the_English_one()
    {
        await using var bench = await NoticeBench.StartAsync(("Notices:Language", "de"));
        var templates = bench.Get<NoticeTemplates>();
        Assert.Equal("Your servers are resumed", (await RenderAsync()).Subject);
        await templates.WriteAsync(NoticeBench.Tester, NoticeCause.Resumed, "en", new("Resumed", "t", "h"));
        Assert.Equal("Resumed", (await RenderAsync()).Subject);
        await templates.WriteAsync(NoticeBench.Tester, NoticeCause.Resumed, "de", new("Wieder da: {{servers}}", "t", "h"));
        Assert.Equal("Wieder da: 1001, 1002", (await RenderAsync()).Subject);
        Assert.Contains("<html lang=\"de\">", (await RenderAsync()).Html, StringComparison.Ordinal);
        Assert.True(await templates.DeleteAsync(NoticeBench.Tester, NoticeCause.Resumed, "de"));
        Assert.False(await templates.DeleteAsync(NoticeBench.Tester, NoticeCause.Resumed, "de"));
        Assert.Equal(3, await bench.Panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.audit where action in ('change-template', 'delete-template')"));

        Task<RenderedNotice> RenderAsync() => templates.RenderAsync(NoticeCause.Resumed, NoticeFacts.Sample(NoticeCause.Resumed, At), At,
            "Ada", NoticeBench.Cancel);
    }

    private static RenderedNotice Render(NoticeTemplate template, NoticeCause cause, string customer) =>
        template.Render(NoticeValues.Of(cause, NoticeFacts.Sample(cause, At), At, customer, new LedgerOptions()), "en");
}
