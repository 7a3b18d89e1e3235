using System.Net.Http.Headers;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>The innermost step of each attempt: the current address and token go in, the whole answer comes out.</summary>
internal sealed class VirtFusionConnectionHandler(VirtFusionConnection connection) : DelegatingHandler
{
    /// <summary>The clients' base address. It resolves nowhere, so a call that missed this handler reaches no one.</summary>
    public static readonly Uri Placeholder = new("https://virtfusion.invalid/");

    private const long MaxAnswerBytes = 32 * 1024 * 1024;
    private static readonly HttpRequestOptionsKey<string> PathAndQuery = new("virtfusion-path");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = connection.Current
            ?? throw new HttpRequestException(HttpRequestError.NameResolutionError, "VirtFusion's address and token are not configured");

        // A retry sends the same message again, already rewritten: what the client asked for is kept beside it.
        if (!request.Options.TryGetValue(PathAndQuery, out var path))
            request.Options.Set(PathAndQuery, path = request.RequestUri!.PathAndQuery.TrimStart('/'));

        request.RequestUri = new Uri(target.BaseAddress, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.Token);

        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            // HttpClient would read the body outside of the handlers, where neither time limit nor retry covers it.
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
