using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;

namespace SkyPanel.Benchmarks;

/// <summary>Requests at a constant rate, whether or not the ones before were answered; a latency counts from when its request was to be
/// sent. So an app that stands still for a second is charged for all that were to come in that second, not for one.</summary>
internal sealed class OpenLoad(HttpClient http, LoadMix mix, int perSecond)
{
    private readonly List<string> _errors = [];
    private Task _sending = Task.CompletedTask;
    private volatile bool _isEnough;

    public Latencies Latencies { get; } = new();

    public Dictionary<string, Latencies> ByKind { get; } = mix.Kinds.Distinct().ToDictionary(kind => kind, _ => new Latencies());

    public IReadOnlyList<string> Errors => _errors;

    public void Start() => _sending = Task.Run(SendAsync);

    /// <summary>Sends no more, and waits for what was sent.</summary>
    public async Task StopAsync()
    {
        _isEnough = true;
        await _sending;
    }

    private async Task SendAsync()
    {
        var (startedAt, sent) = (Stopwatch.GetTimestamp(), new List<Task>());
        while (!_isEnough)
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
        var asked = mix.Of(number);
        string? error = null;
        try
        {
            using var request = new HttpRequestMessage(asked.Body is null ? HttpMethod.Get : HttpMethod.Post,
                asked.Path) { Content = asked.Body is null ? null : JsonContent.Create(asked.Body) };
            if (asked.Key is not null)
                request.Headers.Add("x-api-key", asked.Key);
            using var response = await http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            if (!asked.Expected.Contains(response.StatusCode))
                error = $"{asked.Kind}: {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            error = $"{asked.Kind}: {e.Message}";
        }
        var took = Stopwatch.GetElapsedTime(startedAt) - due;
        Latencies.Add(took);
        ByKind[asked.Kind].Add(took);
        if (error is not null)
        {
            lock (_errors)
                _errors.Add(error);
        }
    }
}

/// <summary>One request of the mix, and the answers that are right.</summary>
internal sealed record Asked(string Kind, string Path, string? Key, object? Body, params HttpStatusCode[] Expected);
