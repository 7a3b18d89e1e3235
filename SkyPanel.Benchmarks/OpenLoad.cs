using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;

namespace SkyPanel.Benchmarks;

/// <summary>Sends requests at a constant rate, whether or not earlier ones were answered. Latencies are measured from the time at which a
/// request was due, so a pause of the app affects all requests that were due in it.</summary>
internal sealed class OpenLoad(HttpClient http, LoadMix mix, int perSecond)
{
    private readonly List<string> _errors = [];
    private Task _sending = Task.CompletedTask;
    private volatile bool _isStopped;

    public Latencies Latencies { get; } = new();

    public Dictionary<string, Latencies> ByKind { get; } = mix.Kinds.Distinct().ToDictionary(kind => kind, _ => new Latencies());

    public IReadOnlyList<string> Errors => _errors;

    public void Start() => _sending = Task.Run(SendAsync);

    /// <summary>Stops sending, and waits for the outstanding answers.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        await _sending;
    }

    private async Task SendAsync()
    {
        var (startedAt, sent) = (Stopwatch.GetTimestamp(), new List<Task>());
        while (!_isStopped)
        {
            var due = TimeSpan.FromSeconds(sent.Count / (double)perSecond);
            if (due - Stopwatch.GetElapsedTime(startedAt) is { Ticks: > 0 } wait)
                await Task.Delay(wait, TimeProvider.System, CancellationToken.None);
            sent.Add(SendAsync(sent.Count, startedAt, due));
        }
        await Task.WhenAll(sent);
    }

    private async Task SendAsync(int number, long startedAt, TimeSpan due)
    {
        var next = mix.Of(number);
        string? error = null;
        try
        {
            using var request = new HttpRequestMessage(next.Body is null ? HttpMethod.Get : HttpMethod.Post,
                next.Path) { Content = next.Body is null ? null : JsonContent.Create(next.Body) };
            if (next.Key is not null)
                request.Headers.Add("x-api-key", next.Key);
            using var response = await http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            if (!next.Expected.Contains(response.StatusCode))
                error = $"{next.Kind}: {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            error = $"{next.Kind}: {e.Message}";
        }
        var took = Stopwatch.GetElapsedTime(startedAt) - due;
        Latencies.Add(took);
        ByKind[next.Kind].Add(took);
        if (error is not null)
        {
            lock (_errors)
                _errors.Add(error);
        }
    }
}

/// <summary>A request of the mix, with its expected statuses.</summary>
internal sealed record LoadRequest(string Kind, string Path, string? Key, object? Body, params HttpStatusCode[] Expected);
