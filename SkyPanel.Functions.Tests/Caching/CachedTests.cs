using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Caching;

namespace SkyPanel.Functions.Tests.Caching;

public sealed class CachedTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Cached<int> _cached;
    private TaskCompletionSource? _gate;
    private int _stored = 1, _readings;

    public CachedTests() => _cached = new(TimeSpan.FromSeconds(3), ReadAsync, _time);

    [Fact]
    public async Task What_was_read_is_cached_for_a_while_counted_from_before_the_reading()
    {
        _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = GetAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        _gate.SetResult();
        Assert.Equal(1, await reading);
        _stored = 2;
        Assert.Equal(1, await GetAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await GetAsync());
        Assert.Equal(2, _readings);
    }

    [Fact]
    public async Task Of_many_that_ask_one_reads()
    {
        _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 50).Select(_ => GetAsync()).ToList();
        _gate.SetResult();
        Assert.All(await Task.WhenAll(asked), value => Assert.Equal(1, value));
        Assert.Equal(1, _readings);
    }

    [Fact]
    public async Task A_change_is_seen_at_once_also_when_it_comes_during_a_reading()
    {
        _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = GetAsync();
        _stored = 2;
        _cached.Invalidate();
        var after = GetAsync();
        _gate.SetResult();
        Assert.Equal((1, 2, 2), (await before, await after, await GetAsync()));
        _stored = 3;
        _cached.Invalidate();
        Assert.Equal(3, await GetAsync());
    }

    [Fact]
    public async Task Another_version_is_read_whatever_the_age()
    {
        Assert.Equal(1, await _cached.GetAsync(TestContext.Current.CancellationToken, version: 7));
        _stored = 2;
        Assert.Equal(1, await _cached.GetAsync(TestContext.Current.CancellationToken, version: 7));
        Assert.Equal(2, await _cached.GetAsync(TestContext.Current.CancellationToken, version: 8));
    }

    [Fact]
    public async Task A_reading_that_fails_or_is_given_up_is_not_cached()
    {
        _stored = -1;
        await Assert.ThrowsAsync<InvalidOperationException>(GetAsync);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cached.GetAsync(cancelled.Token));
        _stored = 1;
        Assert.Equal(1, await GetAsync());
    }

    [Fact]
    public async Task Those_that_waited_while_a_reading_failed_fail_with_it_and_the_next_reads_again()
    {
        _stored = -1;
        _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 50).Select(_ => GetAsync()).ToList();
        _gate.SetResult();
        foreach (var one in asked)
            await Assert.ThrowsAsync<InvalidOperationException>(() => one);
        Assert.Equal(1, _readings);

        _stored = 1;
        Assert.Equal((1, 2), (await GetAsync(), _readings));
    }

    public void Dispose() => _cached.Dispose();

    private Task<int> GetAsync() => _cached.GetAsync(TestContext.Current.CancellationToken);

    private async Task<int> ReadAsync(CancellationToken ct)
    {
        _readings++;
        var value = _stored;
        await (_gate?.Task ?? Task.CompletedTask).WaitAsync(ct);
        return value >= 0 ? value : throw new InvalidOperationException("It can't be read.");
    }
}
