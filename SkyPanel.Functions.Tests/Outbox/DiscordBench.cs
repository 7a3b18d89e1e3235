using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outbox;

/// <summary>Messages that are owed to a Discord, and what became of them.</summary>
internal sealed class DiscordBench : AlertedPanel
{
    private DiscordBench((TestPanel, DiscordSimulator) parts) : base(parts) { }

    public static async Task<DiscordBench> StartAsync(params (string Name, string Value)[] settings) =>
        new(await StartPartsAsync(settings));

    /// <summary>Owes Discord a message.</summary>
    /// <returns>False when it was owed already.</returns>
    public async Task<bool> OweAsync(string key, string subject = "test", string kind = DiscordOutbox.Kind)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await Panel.Database.Source.OpenConnectionAsync(ct);
        return await OutboxWriter.AddAsync(connection, kind, subject, key, new DiscordMessage(key, []).ToJson(), ct);
    }

    /// <returns>Like <c>pending after 1: Discord answered 503</c>.</returns>
    public Task<string?> StateAsync(string key) => Panel.Database.ScalarAsync<string>(
        "select state || ' after ' || attempts || coalesce(': ' || message, '') from cron_service.outbox where dedupe_key = @key",
            ("key", key));

    /// <summary>The back-off is over.</summary>
    public Task DueAsync() => Panel.Database.ExecuteAsync("update cron_service.outbox set next_attempt_at = now() where state = 'pending'");

    public string[] Contents => [.. Discord.Messages.Select(message => message["content"]!.GetValue<string>())];

    /// <summary>All that is logged, whatever its level.</summary>
    public sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Seen { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Seen.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Seen.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
