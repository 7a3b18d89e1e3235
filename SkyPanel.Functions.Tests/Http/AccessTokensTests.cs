using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Http;

public sealed class AccessTokensTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ServiceProvider _services = new ServiceCollection().AddGate().BuildServiceProvider();
    private TestIssuer _issuer = null!;
    private AccessTokens _tokens = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        var options = Options.Create(new AdminOptions { Jwt = new() { Authority = _issuer.Address, Audience = TestIssuer.Audience } });
        _tokens = new(new(_services.GetRequiredService<IHttpClientFactory>(), options, NullLogger<Authority>.Instance), options, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _issuer.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_authority_gives_its_subject_the_highest_role_that_it_names()
    {
        foreach (var (roles, role) in new (object?, Role)[]
        {
            ("viewer", Role.Viewer), (new[] { "viewer", "operator" }, Role.Operator), (new[] { "admin" }, Role.Admin),
            (new[] { "Admin", "root" }, Role.None), (null, Role.None), (3, Role.None), (Array.Empty<string>(), Role.None),
        })
            Assert.Equal(("jwt:ann", role), await FindAsync(Token(roles)));
    }

    [Fact]
    public async Task A_token_that_is_not_for_us_not_now_or_not_from_there_is_nobody_s()
    {
        var now = _time.GetUtcNow();
        using var other = RSA.Create(2048);
        var publicKey = Encoding.ASCII.GetBytes(_issuer.Key.ExportSubjectPublicKeyInfoPem());
        var bad = new Dictionary<string, string>
        {
            ["audience"] = _issuer.Token(now, "admin", audience: "another-app"),
            ["no audience"] = _issuer.Token(now, "admin", audience: null),
            ["issuer"] = _issuer.Token(now, "admin", issuer: "https://evil.example"),
            ["expired"] = _issuer.Token(now, "admin", expiresInSeconds: -31, validInSeconds: -60),
            ["not yet"] = _issuer.Token(now, "admin", validInSeconds: 31),
            ["no subject"] = _issuer.Token(now, "admin", subject: null),
            ["another's signature"] = _issuer.Token(now, "admin", sign: bytes => other.SignData(bytes, HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1)),
            ["no signature"] = _issuer.Token(now, "admin", sign: _ => []),
            ["none"] = _issuer.Token(now, "admin", algorithm: "none", sign: _ => []),
            ["None"] = _issuer.Token(now, "admin", algorithm: "None", sign: _ => []),
            ["HS256 with the public key"] = _issuer.Token(now, "admin", algorithm: "HS256", sign: bytes =>
                HMACSHA256.HashData(publicKey, bytes)),
            ["HS256 with the modulus"] = _issuer.Token(now, "admin", algorithm: "HS256", sign: bytes =>
                HMACSHA256.HashData(_issuer.Key.ExportParameters(false).Modulus!, bytes)),
            ["an unknown critical extension"] = _issuer.Token(now, "admin", critical: new[] { "urn:example:ext" }),
            ["a registered name as critical"] = _issuer.Token(now, "admin", critical: new[] { "exp" }),
            ["an empty list of critical extensions"] = _issuer.Token(now, "admin", critical: Array.Empty<string>()),
            ["critical extensions that are no list"] = _issuer.Token(now, "admin", critical: "b64"),
            ["changed"] = Changed(_issuer.Token(now, "viewer")),
            ["no token"] = "a.b.c",
        };
        foreach (var (why, token) in bad)
            Assert.True(await FindAsync(token) is null, why);
        Assert.NotNull(await FindAsync(Token("admin")));
    }

    [Fact]
    public async Task A_rotated_key_is_read_once_for_all_its_first_tokens_and_unknown_ones_don_t_ask_again_and_again()
    {
        Assert.NotNull(await FindAsync(Token("admin")));
        _issuer.Rotate("k2");
        _issuer.Held = new RequestGate();
        var token = Token("admin");
        var first = Enumerable.Range(0, 200).Select(_ => Task.Run(() => FindAsync(token))).ToArray();
        await _issuer.Held.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        _issuer.Held.Open();
        Assert.DoesNotContain(await Task.WhenAll(first), found => found is null);
        Assert.Equal(2, _issuer.Asked);

        using var other = RSA.Create(2048);
        for (var n = 0; n < 20; n++)
            Assert.Null(await FindAsync(_issuer.Token(_time.GetUtcNow(), "admin", keyId: $"unknown-{n}",
                sign: bytes => other.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))));
        Assert.Equal(2, _issuer.Asked);
        Assert.NotNull(await FindAsync(Token("admin")));
    }

    [Fact]
    public async Task An_authority_that_is_down_is_said_at_once_and_its_known_keys_go_on_counting()
    {
        var token = Token("admin");
        Assert.NotNull(await FindAsync(token));
        await _issuer.StopAsync();
        using var other = RSA.Create(2048);
        Assert.Null(await FindAsync(_issuer.Token(_time.GetUtcNow(), "admin", keyId: "unknown", sign: bytes =>
            other.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))));
        Assert.NotNull(await FindAsync(Token("admin")));

        var options = Options.Create(new AdminOptions { Jwt = new() { Authority = "http://127.0.0.1:1", Audience = TestIssuer.Audience } });
        var authority = new Authority(_services.GetRequiredService<IHttpClientFactory>(), options, NullLogger<Authority>.Instance);
        var since = TimeProvider.System.GetTimestamp();
        for (var n = 0; n < 5; n++)
            await Assert.ThrowsAsync<AuthorityException>(() => new AccessTokens(authority, options, _time)
                .FindAsync(token, TestContext.Current.CancellationToken));
        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task An_authority_that_calls_itself_something_else_is_not_believed()
    {
        _issuer.CallsItself = "https://somebody.else";
        await Assert.ThrowsAsync<AuthorityException>(() => FindAsync(Token("admin")));
    }

    private Task<(string Name, Role Role)?> FindAsync(string token) => _tokens.FindAsync(token, TestContext.Current.CancellationToken);

    private string Token(object? roles) => _issuer.Token(_time.GetUtcNow(), roles);

    // Another role under the same signature.
    private static string Changed(string token) => token.Split('.') is [var head, _, var signature]
        ? $"{head}.{Convert.ToBase64String(Encoding.ASCII.GetBytes("{\"sub\":\"ann\",\"roles\":\"admin\"}")).TrimEnd('=')}.{signature}"
            : throw new InvalidOperationException(token);
}
