using System.Net.Http.Headers;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Sends each attempt to the current address with the current token, and buffers the answer.</summary>
internal sealed class VirtFusionConnectionHandler(VirtFusionConnection connection) : DelegatingHandler
{
    /// <summary>The clients' base address. It never resolves, so a call that bypasses this handler fails.</summary>
    public static readonly Uri Placeholder = new("https://virtfusion.invalid/");

    private const long MaxAnswerBytes = 32 * 1024 * 1024;
    private static readonly HttpRequestOptionsKey<string> PathAndQuery = new("virtfusion-path");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = connection.Current
            ?? throw new HttpRequestException(HttpRequestError.NameResolutionError, "VirtFusion's address and token are not configured");

        // A retry sends the same, already rewritten message, so the original path is stored in its options.
        if (!request.Options.TryGetValue(PathAndQuery, out var path))
            request.Options.Set(PathAndQuery, path = request.RequestUri!.PathAndQuery.TrimStart('/'));

        request.RequestUri = new Uri(target.BaseAddress, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.Token);

        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            // Otherwise HttpClient would read the body outside of the handlers, without timeout and retry.
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
