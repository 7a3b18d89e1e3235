using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Tests.LocalHost;

/// <summary>Notes its invocations; those for which an ending is set end with it.</summary>
public sealed class Ticks
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Channel<TimerInfo> seen = Channel.CreateUnbounded<TimerInfo>();

    /// <summary>What an invocation does after it was noted.</summary>
    public Func<CancellationToken, Task> Body { get; set; } = _ => Task.CompletedTask;

    public bool IsQuiet => seen.Reader.Count == 0;

    public Task<TimerInfo> NextAsync() =>
        seen.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

    public Task RunAsync(TimerInfo timer, CancellationToken cancellationToken)
    {
        seen.Writer.TryWrite(timer);
        return Body(cancellationToken);
    }
}

public sealed class TickFunction(Ticks ticks)
{
    public const string Name = "Tick";

    public const string Setting = "Cron:Tick:Schedule";

    [Function(Name)]
    public Task RunAsync([TimerTrigger($"%{Setting}%")] TimerInfo timer, CancellationToken cancellationToken) =>
        ticks.RunAsync(timer, cancellationToken);
}
