using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Scheduling;

public sealed class AppConfigurationStoreTests : IAsyncLifetime
{
    private const string Key = "Cron:HourlyBilling:Schedule";

    private readonly LocalHost.WorkerLog log = new();
    private AppConfigurationSimulator simulator = null!;

    public async ValueTask InitializeAsync() => simulator = await AppConfigurationSimulator.StartAsync();

    [Fact]
    public async Task A_schedule_that_differs_is_written_once_and_what_stands_beside_it_stays()
    {
        simulator.Set(Key, "0 * * * *", tags: JsonNode.Parse("""{ "owner": "ann" }"""));
        var sync = Sync(simulator.ConnectionString);
        await SyncAsync(sync, "5 * * * *");
        await SyncAsync(sync, "5 * * * *");
        await SyncAsync(Sync(simulator.ConnectionString), "5 * * * *");

        Assert.Equal("5 * * * *", simulator.Value(Key));
        Assert.Equal("ann", (string?)simulator.Tags(Key)!["owner"]);
        Assert.Equal([$"GET {Key}", $"PUT {Key}", $"GET {Key}"], simulator.Requests);
    }

    [Fact]
    public async Task A_key_that_is_absent_is_made()
    {
        await SyncAsync(Sync(simulator.ConnectionString), "*/5 * * * * *");
        Assert.Equal("*/5 * * * * *", simulator.Value(Key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_somebody_else_wrote_meanwhile_is_read_before_it_is_overwritten(bool isThere)
    {
        if (isThere)
            simulator.Set(Key, "0 * * * *");
        simulator.BeforePut = () => { simulator.BeforePut = null; simulator.Set(Key, "7 * * * *"); };
        var sync = Sync(simulator.ConnectionString);

        await SyncAsync(sync, "5 * * * *");
        Assert.Equal("7 * * * *", simulator.Value(Key));
        Assert.Contains("412", Assert.Single(sync.Stores).Value, StringComparison.Ordinal);
        await SyncAsync(sync, "5 * * * *");
        Assert.Equal("5 * * * *", simulator.Value(Key));
        Assert.Null(Assert.Single(sync.Stores).Value);
    }

    [Fact]
    public async Task A_locked_key_is_told_once_and_when_it_is_well_again()
    {
        simulator.Set(Key, "0 * * * *", isLocked: true);
        var sync = Sync(simulator.ConnectionString);
        for (var beat = 0; beat < 3; beat++)
            await SyncAsync(sync, "5 * * * *");
        Assert.Contains("409, the key is locked", Assert.Single(log.Lines), StringComparison.Ordinal);

        simulator.Set(Key, "0 * * * *");
        await SyncAsync(sync, "5 * * * *");
        Assert.Equal("5 * * * *", simulator.Value(Key));
        Assert.Null(Assert.Single(sync.Stores).Value);
    }

    [Fact]
    public async Task A_setting_that_is_refused_keeps_none_of_the_others_from_being_written()
    {
        simulator.Set(Key, "0 * * * *", isLocked: true);
        var sync = Sync(simulator.ConnectionString);

        await sync.SyncAsync([(Key, "5 * * * *"), ("Cron:Backup:Schedule", "0 3 * * *")], TestContext.Current.CancellationToken);

        Assert.Equal("0 3 * * *", simulator.Value("Cron:Backup:Schedule"));
        Assert.Contains($"{Key}: 409", Assert.Single(sync.Stores).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_at_once_and_is_in_no_line()
    {
        var wrong = Convert.ToBase64String(new byte[32]);
        await SyncAsync(Sync($"Endpoint={simulator.Address.GetLeftPart(UriPartial.Authority)};Id=simulated;Secret={wrong}"), "5 * * * *");
        var line = Assert.Single(log.Lines);
        Assert.Contains("401", line, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, line, StringComparison.Ordinal);
        Assert.Empty(simulator.Requests);
        Assert.Null(simulator.Value(Key));
    }

    [Fact]
    public async Task A_dead_store_is_told_of_once()
    {
        var sync = Sync(simulator.ConnectionString);
        await simulator.DisposeAsync();
        await SyncAsync(sync, "5 * * * *");
        await SyncAsync(sync, "6 * * * *");
        Assert.NotNull(Assert.Single(sync.Stores).Value);
        Assert.Single(log.Lines);
    }

    public ValueTask DisposeAsync() => simulator.DisposeAsync();

    private static Task SyncAsync(ScheduleSync sync, string schedule) =>
        sync.SyncAsync([(Key, schedule)], TestContext.Current.CancellationToken);

    private ScheduleSync Sync(string connectionString)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AppConfiguration:ConnectionString", connectionString)])
            .Build();
        return new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton(TimeProvider.System)
            .AddLogging(logging => logging.AddProvider(log))
            .AddAppConfiguration(configuration).AddSingleton<ScheduleSync>().BuildServiceProvider().GetRequiredService<ScheduleSync>();
    }
}
