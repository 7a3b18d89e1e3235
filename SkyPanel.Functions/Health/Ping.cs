namespace SkyPanel.Functions.Health;

/// <summary>Notifies a monitor elsewhere of each run of monitoring. When the pings end, that monitor raises the alarm that a dead process
/// or database can't raise.</summary>
public sealed class Ping(NpgsqlDataSource database, IHttpClientFactory clients, IOptions<MonitoringOptions> options, ILogger<Ping> logger)
{
    /// <summary>Never throws for what the other side or the network does, and never names the address.</summary>
    /// <param name="fence">Of the run: one that has lost its lease must not say that all is well.</param>
    public async Task SendAsync(bool isWell, Fence fence, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(options.Value.PingUrl))
            return;
        await fence.CheckAsync(database, ct);
        var address = new UriBuilder(options.Value.PingUrl);
        if (!isWell)
            address.Path = $"{address.Path.TrimEnd('/')}/fail";
        try
        {
            using var client = clients.CreateClient(MonitoringRegistration.PingClient);
            using var response = await client.GetAsync(address.Uri, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!response.IsSuccessStatusCode)
                logger.LogWarning("The ping was answered with {Status}", (int)response.StatusCode);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            logger.LogWarning("The ping did not get through: {Reason}", e is HttpRequestException { HttpRequestError: var error } ? error
                : "no answer in time");
        }
    }
}
