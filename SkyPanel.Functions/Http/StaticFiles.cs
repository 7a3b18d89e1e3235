using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace SkyPanel.Functions.Http;

/// <summary>Holds the static files of a page and those that all pages share, embedded in the assembly and compressed once.</summary>
/// <remarks>A hash of all files is part of their address, so they may be cached forever, and relative imports between modules need no
/// rewriting.</remarks>
public sealed class StaticFiles
{
    public const string Immutable = "public, max-age=31536000, immutable";

    // Files that each page has.
    private const string SharedPrefix = "shared/";
    private const string IndexName = "index.html";

    private readonly Lazy<Dictionary<string, StaticFile>> _files;

    /// <param name="prefix">The prefix of the resources' names, such as <c>console/</c>.</param>
    /// <param name="fill">Completes the page itself.</param>
    public StaticFiles(string prefix, Func<string, string> fill)
    {
        var embedded = Read(prefix);
        Version = HashOf(embedded);
        Scripts = [.. embedded.Keys.Where(name => name.EndsWith(".js", StringComparison.Ordinal))];
        _files = new(() => Compress(embedded, fill));
    }

    /// <summary>The hash of all files: 16 hexadecimal digits.</summary>
    public string Version { get; }

    /// <summary>The paths of all scripts.</summary>
    public IReadOnlyList<string> Scripts { get; }

    public StaticFile Index => _files.Value[IndexName];

    /// <summary>Finds a file by its path, such as <c>pages/now/now.js</c>.</summary>
    /// <returns>Null when there is none.</returns>
    public StaticFile? Find(string path) => _files.Value.GetValueOrDefault(path);

    /// <summary>Answers with a file, compressed where the client takes it.</summary>
    /// <param name="calledOrigin">An origin that the page may call besides its own; null for none.</param>
    public static IResult Answer(HttpRequest request, StaticFile file, string caching, string? calledOrigin = null)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = caching;
        headers.Vary = HeaderNames.AcceptEncoding;
        var called = calledOrigin is null ? "'self'" : $"'self' {calledOrigin}";
        headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {called}; img-src 'self'; " +
            "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
        var isCompressed = request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (isCompressed)
            headers.ContentEncoding = "gzip";
        return Results.Bytes(isCompressed ? file.Compressed : file.Content, file.ContentType,
            entityTag: new EntityTagHeaderValue(file.ETag));
    }

    private static SortedDictionary<string, byte[]> Read(string prefix)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (Array.Find([prefix, SharedPrefix], start => name.StartsWith(start, StringComparison.Ordinal)) is not { } folder)
                continue;
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            files.Add(name[folder.Length..].Replace('\\', '/'), content);
        }
        return files;
    }

    private static string HashOf(SortedDictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(content);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static Dictionary<string, StaticFile> Compress(SortedDictionary<string, byte[]> embedded, Func<string, string> fill) =>
        embedded.ToDictionary(file => file.Key, file =>
    {
        var content = file.Key == IndexName ? Encoding.UTF8.GetBytes(fill(Encoding.UTF8.GetString(file.Value))) : file.Value;
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return new StaticFile(content, compressed.ToArray(), TypeOf(file.Key),
            $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
    });

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
}

/// <summary>A file of a page.</summary>
/// <param name="Compressed">The content, gzipped.</param>
/// <param name="ETag">Quoted, a hash of the content.</param>
public sealed record StaticFile(byte[] Content, byte[] Compressed, string ContentType, string ETag);
