using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Demo;

/// <summary>Runs a simulated PayPal for top-ups in the demo. It keeps no data after it stops.</summary>
internal sealed class DemoPayPal(PayPalSimulator simulator) : IHostedService
{
    private const int Port = 7073;
    private const string ClientIdSetting = "PayPal:ClientId";
    private const string PublicSetting = "Public:BaseUrl";

    /// <summary>Starts the simulator and configures the app for it, unless another PayPal is configured.</summary>
    /// <param name="address">The app's address.</param>
    public static async Task AddAsync(IHostApplicationBuilder app, string address, CancellationToken ct)
    {
        var configuration = app.Configuration;
        if (!string.IsNullOrEmpty(configuration[ClientIdSetting]))
            return;
        var simulator = await RunAsync(ct);
        configuration[PublicSetting] ??= address;
        configuration["PayPal:BaseUrl"] = simulator.Address;
        configuration[ClientIdSetting] = PayPalSimulator.ClientId;
        configuration["PayPal:ClientSecret"] = PayPalSimulator.ClientSecret;
        configuration["PayPal:WebhookId"] = PayPalSimulator.WebhookId;
        simulator.Webhooks.DeliverTo = new($"{address}/api/paypal/webhook");
        Console.WriteLine($"A simulated PayPal on {simulator.Address}");
        app.Services.AddSingleton(simulator).AddHostedService(_ => new DemoPayPal(simulator));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await simulator.DisposeAsync();

    private static async Task<PayPalSimulator> RunAsync(CancellationToken ct)
    {
        try
        {
            return await PayPalSimulator.StartAsync(Port, ct: ct);
        }
        catch (IOException) // The port is taken.
        {
            return await PayPalSimulator.StartAsync(ct: ct);
        }
    }
}
