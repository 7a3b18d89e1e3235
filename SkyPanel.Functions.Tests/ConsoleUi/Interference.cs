using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using PuppeteerSharp;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What comes between a tab and the app: answers of an overloaded app, a key of a lower role, a slow answer. All else goes
/// through.</summary>
public sealed class Interference
{
    private readonly ConcurrentQueue<(string Method, string? OnceKey, long At)> _met = new();
    private string _method = "", _path = "\0";
    private Func<IRequest, Task> _answerAsync = request => request.ContinueAsync();
    private int _left;
    private volatile bool _isCutOff;

    /// <summary>The requests that were met, in their order: method, idempotency key and when.</summary>
    public IReadOnlyList<(string Method, string? OnceKey, long At)> Met => [.. _met];

    public static async Task<Interference> WithAsync(IPage page)
    {
        var interference = new Interference();
        page.Request += async (_, e) => await interference.MeetAsync(e.Request);
        await page.SetRequestInterceptionAsync(true);
        return interference;
    }

    /// <summary>Answers the next requests of a route as an app that can't serve them now.</summary>
    public void Refuse(string method, string path, HttpStatusCode status, int retryAfterSeconds, int times = 1) =>
        On(method, path, times, request => request.RespondAsync(new()
    {
        Status = status,
        ContentType = "application/problem+json",
        Headers = new() { ["Retry-After"] = retryAfterSeconds.ToString(CultureInfo.InvariantCulture) },
        Body = """{"title":"The database can't be reached.","detail":"Wait as long as Retry-After says."}""",
    }));

    /// <summary>Sends the next requests of a route with another key.</summary>
    public void SendAs(string key, string method, string path) => On(method, path, int.MaxValue, request =>
        request.ContinueAsync(new() { Headers = new(request.Headers) { ["x-api-key"] = key } }));

    /// <summary>Holds the next request of a route until the task ends.</summary>
    public void Hold(string method, string path, Task until) => On(method, path, 1, async request =>
    {
        await until;
        await request.ContinueAsync();
    });

    /// <summary>Loses the next request of a route when the task ends.</summary>
    public void Lose(string method, string path, Task until) => On(method, path, 1, async request =>
    {
        await until;
        await request.AbortAsync();
    });

    /// <summary>Loses the answer of the next request of a route, after the app has done it.</summary>
    public void LoseAnswer(HttpClient app, string key, string path) => On("POST", path, 1, async request =>
    {
        using var same = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent($"{request.PostData}") };
        same.Headers.Add("Idempotency-Key", request.Headers["idempotency-key"]);
        same.Headers.Add("x-api-key", key);
        using var done = await app.SendAsync(same);
        await request.AbortAsync();
    });

    /// <summary>Loses each request, as without a network, or none any more.</summary>
    public void CutOff(bool isCutOff) => _isCutOff = isCutOff;

    private void On(string method, string path, int times, Func<IRequest, Task> answerAsync) =>
        (_method, _path, _left, _answerAsync) = (method, path, times, answerAsync);

    private async Task MeetAsync(IRequest request)
    {
        if (_isCutOff)
        {
            await request.AbortAsync(RequestAbortErrorCode.InternetDisconnected);
            return;
        }
        var isMeant = request.Method.Method == _method && new Uri(request.Url).AbsolutePath == _path;
        if (isMeant)
            _met.Enqueue((_method, request.Headers.GetValueOrDefault("idempotency-key"), TimeProvider.System.GetTimestamp()));
        await (isMeant && Interlocked.Decrement(ref _left) >= 0 ? _answerAsync(request) : request.ContinueAsync());
    }
}
