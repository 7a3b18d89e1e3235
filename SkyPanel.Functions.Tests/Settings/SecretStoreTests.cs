using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Tests.Settings;

public sealed class SecretStoreTests : IAsyncLifetime
{
    // One for each test: what another stored, and its keys, would be there too.
    private readonly TestDatabase database = new();

    public ValueTask InitializeAsync() => database.InitializeAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private const string Token = "a-token-that-nobody-may-read";

    private static readonly Lazy<Task<string>> First = new(() => CertificateAsync("first")), Second = new(() => CertificateAsync("second"));

    [Fact]
    public async Task What_is_stored_is_encrypted_and_so_is_the_key_ring_and_another_instance_reads_it()
    {
        await using var app = App(await First.Value);
        await WriteAsync(app, SecretStore.VirtFusionToken, Token);
        await using var another = App(await First.Value);
        Assert.Equal(Token, await ReadAsync(another, SecretStore.VirtFusionToken));

        Assert.False(await database.ScalarAsync<bool>(
            "select exists (select from cron_service.secrets s where s::text like '%' || @token || '%')", ("token", Token)));
        Assert.True(await database.ScalarAsync<bool>(
            "select bool_and(xml like '%EncryptedXml%' and xml not like '%<masterKey%') from cron_service.data_protection_keys"));
        Assert.Null(await ReadAsync(app, SecretStore.PayPalClientId));
    }

    [Fact]
    public async Task What_was_stored_for_one_purpose_is_nothing_for_another()
    {
        await using var app = App(await First.Value);
        await WriteAsync(app, SecretStore.PayPalClientId, "the-id");
        await database.ExecuteAsync("""
            insert into cron_service.secrets (name, ciphertext, updated_by) select 'paypal_client_secret', ciphertext, 'x'
                from cron_service.secrets where name = 'paypal_client_id'
            """);
        var e = await Assert.ThrowsAsync<UnreadableSecretException>(() => ReadAsync(app, SecretStore.PayPalClientSecret));
        Assert.Contains("paypal_client_secret can't be decrypted", e.Message, StringComparison.Ordinal);
        await database.ExecuteAsync("delete from cron_service.secrets where name = 'paypal_client_secret'");
    }

    [Fact]
    public async Task A_new_key_leaves_what_was_encrypted_with_the_old_one_readable()
    {
        await using var app = App(await First.Value);
        await WriteAsync(app, SecretStore.DiscordWebhook, "old");
        var now = TimeProvider.System.GetUtcNow();
        app.GetRequiredService<IKeyManager>().CreateNewKey(now, now.AddDays(90));
        await using var later = App(await First.Value);
        Assert.Equal("old", await ReadAsync(later, SecretStore.DiscordWebhook));
        await WriteAsync(later, SecretStore.DiscordWebhook, "new");
        Assert.Equal("new", await ReadAsync(app, SecretStore.DiscordWebhook));
    }

    [Fact]
    public async Task A_new_certificate_reads_what_the_old_one_wrapped_while_that_one_is_given_too_and_not_without()
    {
        await using (var before = App(await First.Value))
            await WriteAsync(before, SecretStore.VirtFusionUrl, "https://panel.example");
        await using (var after = App(await Second.Value, await First.Value))
            Assert.Equal("https://panel.example", await ReadAsync(after, SecretStore.VirtFusionUrl));
        await using var without = App(await Second.Value);
        await Assert.ThrowsAsync<UnreadableSecretException>(() => ReadAsync(without, SecretStore.VirtFusionUrl));

        // Whoever has lost the old one sets it anew.
        await WriteAsync(without, SecretStore.VirtFusionUrl, "https://other.example");
        Assert.Equal("https://other.example", await ReadAsync(without, SecretStore.VirtFusionUrl));
    }

    private static Task<string?> ReadAsync(IServiceProvider app, string name) =>
        app.GetRequiredService<SecretStore>().ReadAsync(name, TestContext.Current.CancellationToken);

    private async Task WriteAsync(IServiceProvider app, string name, string value)
    {
        await using var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await SecretStore.WriteAsync(connection, name, app.GetRequiredService<SecretStore>().Protect(name, value), "test");
    }

    private ServiceProvider App(string certificate, string? previous = null) =>
        new ServiceCollection().AddSingleton(database.Source).AddSecrets(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DataProtection:CertificatePath"] = certificate, ["DataProtection:CertificatePassword"] = "pass",
            ["DataProtection:PreviousCertificatePath"] = previous, ["DataProtection:PreviousCertificatePassword"] = "pass",
        }).Build()).BuildServiceProvider();

    private static async Task<string> CertificateAsync(string name)
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        var path = Path.Combine(await TestServer.FolderAsync($"certificates-{Guid.NewGuid():N}"), $"{name}.pfx");
        await File.WriteAllBytesAsync(path, certificate.Export(X509ContentType.Pkcs12, "pass"), TestContext.Current.CancellationToken);
        return path;
    }
}
