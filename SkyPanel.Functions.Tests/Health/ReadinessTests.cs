using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Health;

/// <summary>However many ask, the database's connections are the panel's too.</summary>
public sealed class ReadinessTests
{
    private const string ConnectionsSql =
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SkyPanel.Functions'";

    [Fact]
    public async Task A_burst_of_260_callers_without_a_key_is_answered_and_takes_no_more_connections_than_the_pool_has()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        var before = await panel.ScalarAsync<long>(ConnectionsSql);
        var app = await panel.StartAppAsync(("ConnectionStrings__SkyPanel",
            TestServer.ConnectionString(await panel.ScalarAsync<string>("select current_database()") ?? "")),
            ("Database__MaxPoolSize", "6"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 260).Select(async i =>
        {
            using var answer = await app.Http.GetAsync(new Uri(i % 2 == 0 ? "/api/health/ready" : "/api/admin/keys", UriKind.Relative), ct);
            return answer.StatusCode;
        }));

        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.TooManyRequests, $"{status}"));
        Assert.Contains(HttpStatusCode.OK, answers);
        // Two more are the timers' own.
        Assert.InRange(await panel.ScalarAsync<long>(ConnectionsSql) - before, 1, 6 + 2);
    }
}
