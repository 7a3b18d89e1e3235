using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Fuzzing;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Who is slow on purpose, or asks for what never comes, is cut off.</summary>
public sealed class TimeLimitTests
{
    private const string Start = $"POST {OutsidePanel.Trigger} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {AppProcess.AdminKey}\r\n";
    private static readonly TimeSpan DripEvery = TimeSpan.FromMilliseconds(500), EndsWithin = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_body_or_headers_that_drip_are_answered_408_and_their_connections_are_closed()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        var answers = await Task.WhenAll(
            DripAsync(app, $"{Start}Content-Length: 60000\r\n\r\n{{\"note\":\"", "x"),
            DripAsync(app, $"{Start}Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
            DripAsync(app, Start, "X: 1\r\n"),
            DripAsync(app, "GET /", "a"));

        Assert.All(answers, answer => Assert.Equal(408, answer?.Status));
        Assert.All(answers.Take(2), answer => Assert.Equal("urn:skypanel:problem:request-timeout", $"{answer!.Json()!["type"]}"));
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
        Assert.DoesNotContain("fail:", app.Output, StringComparison.Ordinal);
    }

    // Under the Functions host the body comes through its own server, whose limits are not ours.
    [Fact]
    public async Task A_body_that_never_comes_is_given_up_whatever_the_server_allows()
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new Pipe().Reader.AsStream();
        await Assert.ThrowsAsync<TooSlowException>(() => ApiJson.ReadAsync<TriggerBody>(context.Request)
            .WaitAsync(EndsWithin, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_answer_that_takes_too_long_is_given_up_and_so_is_its_statement()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Admin__RequestTimeout", "00:00:05"));
        await using (var connection = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var locked = new Npgsql.NpgsqlCommand("lock table cron_service.runs in access exclusive mode", connection);
            await locked.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var (status, body) = await app.GetAsync("/api/admin/cron/logs");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "urn:skypanel:problem:unavailable", "It takes too long."),
                (status, $"{body["type"]}", $"{body["title"]}"));
            await panel.UntilAsync("select not exists (select from pg_stat_activity where datname = current_database() and " +
                "wait_event_type = 'Lock')");
        }
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/admin/cron/logs")).Status);
    }

    [Fact]
    public async Task Only_behind_a_trusted_proxy_are_browsers_told_to_stay_with_https_and_no_other_site_may_read_an_answer()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        foreach (var proxies in new[] { "0", "1" })
        {
            var app = await panel.StartAppAsync(("Admin__TrustedProxies", proxies));
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Options })
            {
                using var request = new HttpRequestMessage(method, OutsidePanel.Status) { Headers = { { "X-Forwarded-Proto", "https" },
                    { "Origin", "https://other.example" }, { "Access-Control-Request-Method", "GET" } } };
                using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.Equal(proxies == "1", response.Headers.Contains("Strict-Transport-Security"));
                Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control",
                    StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    // Sends a little for ever, until an answer comes or the connection ends.
    private static async Task<RawAnswer?> DripAsync(AppProcess app, string start, string drop)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ends.CancelAfter(EndsWithin);
        using var connection = await RawConnection.OpenAsync(app.Http.BaseAddress!, ends.Token);
        await connection.SendAsync(Encoding.ASCII.GetBytes(start), ends.Token);
        var answer = connection.ReadAsync(isHead: false, ends.Token);
        while (await Task.WhenAny(answer, Task.Delay(DripEvery, TimeProvider.System, ends.Token)) != answer)
            await connection.SendAsync(Encoding.ASCII.GetBytes(drop), ends.Token);
        return await answer;
    }
}
