using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Demo;

/// <summary>Seeds the demo before the app serves. After that, enables billing and runs it, like an admin.</summary>
/// <param name="folder">The folder of the demo's data, including the admin key.</param>
internal sealed class DemoStart(
    DemoSimulator simulator, string folder, IServer server, IConfiguration configuration, IServiceProvider services,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DemoStart> logger) : IHostedService
{
    private const string ObserveKey = "observe as of", BillKey = "bill as of";

    private Task _firstBill = Task.CompletedTask;
    private DateTimeOffset? _tookOverAt;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PlayHistoryAsync(cancellationToken);
        var servers = await DemoFleet.SeedAsync(configuration["ConnectionStrings:SkyPanel"]!, time.GetUtcNow(), cancellationToken);
        foreach (var userId in servers.Select(s => s.UserId).Distinct())
            simulator.Own?.AddUser(userId, 100 + userId, DemoFleet.Tokens);
        foreach (var (serverId, userId, createdAt) in servers)
            simulator.Own?.AddServer(serverId, 100 + userId, createdAt);
        lifetime.ApplicationStarted.Register(() => _firstBill = BillAsync());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _firstBill;
        await simulator.DisposeAsync();
    }

    // Plays the history once, in an empty panel, in the process that serves VirtFusion.
    private async Task PlayHistoryAsync(CancellationToken ct)
    {
        var length = DemoHistory.ParseLength(configuration[DemoHistory.Setting]);
        await using var database = NpgsqlDataSource.Create(configuration["ConnectionStrings:SkyPanel"]!);
        if (length == TimeSpan.Zero || simulator.Own is not { } virtFusion || !await DemoHistoryFleet.IsPanelEmptyAsync(database, ct))
            return;
        Console.WriteLine($"Billing a history of {length.TotalHours:0} hours");
        var history = new DemoHistory(virtFusion, database,
            services.GetRequiredKeyedService<Func<DateTimeOffset, CancellationToken, Task>>(ObserveKey),
            services.GetRequiredKeyedService<Func<DateTimeOffset, CancellationToken, Task>>(BillKey));
        _tookOverAt = await history.PlayAsync(time.GetUtcNow(), length, ct);
    }

    // Adds the customers once in a panel, if PayPal is simulated.
    private async Task<string?> AddCustomersAsync(string address, CancellationToken ct)
    {
        await using var database = NpgsqlDataSource.Create(configuration["ConnectionStrings:SkyPanel"]!);
        return simulator.Own is { } virtFusion && services.GetService<PayPalSimulator>() is { } payPal
            && await DemoCustomers.SeedAsync(database, virtFusion, time.GetUtcNow(), ct)
            ? await new DemoCustomers(address, configuration["Admin:BootstrapKey"]!, payPal).PlayAsync(time.GetUtcNow(), ct) : null;
    }

    // Compensates the outage in the history, like an operator.
    private async Task CloseHistoryAsync(string address)
    {
        if (_tookOverAt is not { } tookOverAt)
            return;
        await using var database = NpgsqlDataSource.Create(configuration["ConnectionStrings:SkyPanel"]!);
        await DemoClock.DateTakeOverBackAsync(database, tookOverAt, lifetime.ApplicationStopping);
        await DemoBill.CreditAsync(address, configuration["Admin:BootstrapKey"]!, serverId: 2001, tookOverAt.AddHours(1),
            tookOverAt.AddHours(4),
            "The node was down, as the customer noticed", lifetime.ApplicationStopping);
    }

    private async Task BillAsync()
    {
        try
        {
            var isPayPalSimulated = configuration["PayPal:ClientId"] == PayPalSimulator.ClientId;
            var address = DemoAddress.Reachable(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
            await new DemoBill(address, configuration["Admin:BootstrapKey"]!, isPayPalSimulated).PrintAsync(lifetime.ApplicationStopping);
            await CloseHistoryAsync(address);
            var page = await AddCustomersAsync(address, lifetime.ApplicationStopping);
            Console.WriteLine();
            Console.WriteLine($"Serving {address}. Stop with Ctrl-C. The console, logged in: " +
                $"{address.TrimEnd('/')}/#key={configuration["Admin:BootstrapKey"]}");
            if (page is not null)
                Console.WriteLine($"A customer's own page: {page}");
            Console.WriteLine("In another shell:");
            Console.WriteLine($"  curl -H \"x-api-key: $(cat '{Path.Combine(folder, DemoPreparation.AdminKeyFile)}')\" " +
                $"{address}/api/admin/cron/status");
            if (isPayPalSimulated)
                Console.WriteLine($"  curl -H \"x-api-key: $(cat '{Path.Combine(folder, DemoPreparation.AdminKeyFile)}')\" --json " +
                    $"'{{\"userId\": 1, \"amount\": \"10.00\"}}' {address}/api/top-ups   # then open its approveUrl");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException) // The app continues without the demo's output.
        {
            logger.LogWarning("The demo's first bill could not be printed: {Reason}", e.Message);
        }
    }
}
