using System.IO.Compression;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.ConsoleUi;

/// <summary>Holds the console's static files, embedded in the assembly and compressed once.</summary>
/// <remarks>All files share one version, a hash of their contents, which is part of their address: each may be cached for ever, and
/// relative imports between modules need no rewriting.</remarks>
public sealed class ConsoleFiles(IOptions<AdminOptions> options)
{
    private const string Prefix = "console/";
    private const string IndexName = "index.html";

    private static readonly Lazy<SortedDictionary<string, byte[]>> Embedded = new(Read);

    private readonly Lazy<Dictionary<string, ConsoleFile>> _files = new(() => Compress(options.Value.Jwt));

    /// <summary>The hash of all files: 16 hexadecimal digits.</summary>
    public static string Version { get; } = HashOf(Embedded.Value);

    /// <summary>The origin of the authority, which the page may call to log in; null when none is configured.</summary>
    public string? AuthorityOrigin => options.Value.Jwt is { Authority: { } authority, ClientId: not null } ? new Uri(authority).GetLeftPart(UriPartial.Authority) : null;

    /// <summary>Finds a file by its path below <see cref="Version"/>, such as <c>pages/now/now.js</c>.</summary>
    /// <returns>Null when there is none.</returns>
    public ConsoleFile? Find(string path) => _files.Value.GetValueOrDefault(path);

    public ConsoleFile Index => _files.Value[IndexName];

    private static SortedDictionary<string, byte[]> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            files.Add(name[Prefix.Length..].Replace('\\', '/'), content);
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

    private static Dictionary<string, ConsoleFile> Compress(JwtOptions jwt) => Embedded.Value.ToDictionary(file => file.Key, file =>
    {
        var content = file.Key == IndexName ? Fill(file.Value, jwt) : file.Value;
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return new ConsoleFile(content, compressed.ToArray(), TypeOf(file.Key), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
    });

    private static byte[] Fill(byte[] index, JwtOptions jwt) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(index)
        .Replace("{base}", $"/console/{Version}", StringComparison.Ordinal)
        .Replace("{authority}", jwt.ClientId is null ? "" : WebUtility.HtmlEncode(jwt.Authority), StringComparison.Ordinal)
        .Replace("{clientId}", WebUtility.HtmlEncode(jwt.ClientId ?? ""), StringComparison.Ordinal));

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
}

/// <summary>A file of the console.</summary>
/// <param name="Compressed">The content, gzipped.</param>
/// <param name="ETag">Quoted, a hash of the content.</param>
public sealed record ConsoleFile(byte[] Content, byte[] Compressed, string ContentType, string ETag);
