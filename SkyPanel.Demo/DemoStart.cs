using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Demo;

/// <summary>Seeds the demo before the app serves, and then does what an admin does first: switch the billing on, and run it.</summary>
/// <param name="folder">Where the demo's data are, the admin key among them.</param>
internal sealed class DemoStart(
    DemoSimulator simulator, string folder, IServer server, IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DemoStart> logger) : IHostedService
{
    private Task _firstBill = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
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

    private async Task BillAsync()
    {
        try
        {
            var isPayPalSimulated = configuration["PayPal:ClientId"] == PayPalSimulator.ClientId;
            var address = DemoAddress.Reachable(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
            await new DemoBill(address, configuration["Admin:BootstrapKey"]!, isPayPalSimulated).PrintAsync(lifetime.ApplicationStopping);
            Console.WriteLine();
            Console.WriteLine($"Serving {address}. Stop with Ctrl-C. The console, logged in: {address.TrimEnd('/')}/#key={configuration["Admin:BootstrapKey"]}");
            Console.WriteLine("In another shell:");
            Console.WriteLine($"  curl -H \"x-api-key: $(cat '{Path.Combine(folder, DemoPreparation.AdminKeyFile)}')\" {address}/api/admin/cron/status");
            if (isPayPalSimulated)
                Console.WriteLine($"  curl -H \"x-api-key: $(cat '{Path.Combine(folder, DemoPreparation.AdminKeyFile)}')\" --json '{{\"userId\": 1, \"amount\": \"10.00\"}}' {address}/api/top-ups   # then open its approveUrl");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException) // The demo's greeting; the app goes on without.
        {
            logger.LogWarning("The demo's first bill could not be printed: {Reason}", e.Message);
        }
    }
}
