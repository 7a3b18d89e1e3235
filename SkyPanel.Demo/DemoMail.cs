using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Demo.Simulators.Mail;

namespace SkyPanel.Demo;

/// <summary>Runs the demo's mail server, which keeps all mails and forwards none.</summary>
internal sealed class DemoMail(MailSink sink) : IHostedService
{
    private const int SmtpPort = 7075, PagesPort = 7074;
    private const string HostSetting = "Mail:Host";

    /// <summary>Starts the server and configures the app for it, unless another server is configured.</summary>
    public static async Task AddAsync(IHostApplicationBuilder app, CancellationToken ct)
    {
        var configuration = app.Configuration;
        if (!string.IsNullOrEmpty(configuration[HostSetting]))
            return;
        var sink = await RunAsync(ct);
        configuration[HostSetting] = "127.0.0.1";
        configuration["Mail:Port"] = FormattableString.Invariant($"{sink.Port}");
        configuration["Mail:Security"] = "None";
        configuration["Mail:From"] ??= "Example Hosting <billing@hosting.example>";
        Console.WriteLine($"A simulated mail server; mails to customers are shown at {sink.Address}/mails");
        app.Services.AddHostedService(_ => new DemoMail(sink));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await sink.DisposeAsync();

    private static async Task<MailSink> RunAsync(CancellationToken ct)
    {
        try
        {
            return await MailSink.StartAsync(port: SmtpPort, pagesPort: PagesPort, ct: ct);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException) // A port is taken.
        {
            return await MailSink.StartAsync(ct: ct);
        }
    }
}
