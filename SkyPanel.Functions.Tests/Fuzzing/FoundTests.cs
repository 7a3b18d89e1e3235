using System.Text;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>One test for each defect that fuzzing has found.</summary>
public sealed class FoundTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Start = $"POST {OutsidePanel.Trigger} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {AppProcess.AdminKey}\r\n";

    [Theory]
    [InlineData("zz")]
    [InlineData("ffffffffffffffff")]
    public async Task A_length_that_is_none_is_the_callers_mistake(string length)
    {
        var answer = await AskAsync($"{Start}Transfer-Encoding: chunked\r\n\r\n{length}\r\n{{}}\r\n0\r\n\r\n");
        Assert.Equal((400, "application/problem+json", "body"), (answer!.Status, answer.Header("Content-Type"),
            $"{answer.Json()!["field"]}"));
        Assert.DoesNotContain("fail:", panel.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_caller_chooses_the_id_of_a_request()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c",
            traced = $"GET /api/health HTTP/1.1\r\nHost: localhost\r\nx-request-id: of-my-own\r\ntraceparent: " +
            $"00-{trace}-b7ad6b7169203331-01\r\n\r\n";
        string[] ids = [(await AskAsync(traced))!.Header("x-request-id"), (await AskAsync(traced))!.Header("x-request-id")];
        Assert.All(ids, id => Assert.Matches($"^{trace}-[0-9a-f]{{16}}$", id));
        Assert.DoesNotContain("b7ad6b7169203331", string.Join(' ', ids), StringComparison.Ordinal);
        Assert.NotEqual(ids[0], ids[1]);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\" \"")]
    public async Task An_empty_text_in_a_field_is_no_failure(string literal)
    {
        var app = await panel.SharedAppAsync();
        foreach (var route in FuzzRoute.All())
        {
            foreach (var (name, _) in route.Fields.Where(field => field.Type == typeof(string)))
            {
                foreach (var body in new[] { $"{{\"{name}\":{literal}}}", HostileBody.With(route.Fields, name, literal) })
                {
                    using var request = new HttpRequestMessage(new(route.Method), route.Path(values => values[0]))
                    {
                        Content = new StringContent(body),
                    };
                    using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
                    Assert.True((int)answer.StatusCode < 500, $"{route.Name} answers {body} with {answer.StatusCode}.");
                }
            }
        }
    }

    [Fact]
    public async Task No_answer_names_the_server()
    {
        foreach (var path in new[] { "/api/health", "/nothing", "/%00" })
            Assert.Equal("", (await AskAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))!.Header("Server"));
    }

    [Fact]
    public async Task A_path_of_any_length_is_no_failure_of_the_idempotency_key()
    {
        var random = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(3000));
        var answer = await AskAsync($"POST /api/admin/keys/{random}/rotate HTTP/1.1\r\nHost: localhost\r\n" +
            $"x-api-key: {AppProcess.AdminKey}\r\nIdempotency-Key: long-path\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(404, answer!.Status);
    }

    [Fact]
    public async Task A_second_idempotency_key_is_refused()
    {
        var answer = await AskAsync($"{Start}Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((400, "Idempotency-Key may be given once."), (answer!.Status, $"{answer.Json()!["detail"]}"));
    }

    private async Task<RawAnswer?> AskAsync(string bytes)
    {
        var ct = TestContext.Current.CancellationToken;
        using var connection = await RawConnection.OpenAsync((await panel.SharedAppAsync()).Http.BaseAddress!, ct);
        await connection.SendAsync(Encoding.ASCII.GetBytes(bytes), ct);
        return await connection.ReadAsync(isHead: false, ct);
    }
}
