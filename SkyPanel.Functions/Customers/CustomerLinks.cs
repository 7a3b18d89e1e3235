using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Makes, finds and revokes the links to a customer's own page. A token opens the page of one customer and nothing else. Only its
/// hash is stored.</summary>
public sealed class CustomerLinks(NpgsqlDataSource database, IDataProtectionProvider protection, IOptions<PublicOptions> options)
{
    public const int DefaultDays = 30, MaxDays = 365;

    private const string Purpose = "SkyPanel.CustomerLink";
    private const int MaxTokenLength = 512, NonceBytes = 16;

    private const string CreateSql = """
        insert into cron_service.customer_links (account_id, token_hash, reason, created_by, expires_at)
        select id, @hash, @reason, @by, now() + @days * interval '1 day' from cron_service.accounts where user_id = @user_id
        returning id, reason, created_by, created_at, expires_at, revoked_at, revoked_by
        """;

    private const string FindSql = """
        select l.id as link_id, l.account_id, a.user_id, l.expires_at
        from cron_service.customer_links l join cron_service.accounts a on a.id = l.account_id join public.users u on u.id = a.user_id
        where l.token_hash = @hash and a.user_id = @user_id and l.revoked_at is null and l.expires_at > now()
        """;

    private const string ListSql = """
        select l.id, l.reason, l.created_by, l.created_at, l.expires_at, l.revoked_at, l.revoked_by
        from cron_service.customer_links l join cron_service.accounts a on a.id = l.account_id
        where a.user_id = @user_id order by l.id desc limit 500
        """;

    private const string IsKnownSql = """
        select exists (select from public.users where id = @user_id)
            or exists (select from cron_service.accounts where user_id = @user_id)
        """;

    private const string RevokeSql = """
        update cron_service.customer_links l set revoked_at = coalesce(l.revoked_at, now()), revoked_by = coalesce(l.revoked_by, @by)
        from cron_service.accounts a where a.id = l.account_id and a.user_id = @user_id and l.id = @id
        returning l.id, l.reason, l.created_by, l.created_at, l.expires_at, l.revoked_at, l.revoked_by
        """;

    /// <returns>The reason why no link can be made; null when one can.</returns>
    public string? FindObstacle() =>
        options.Value.Address is null ? "There are no links for customers: Public:BaseUrl is not configured, so a link would lead nowhere."
        : null;

    /// <summary>Makes the token of a link. Call it before the transaction that stores the hash: reading the keys may need a connection of
    /// its own.</summary>
    public string NewToken(int userId)
    {
        var content = new byte[sizeof(int) + NonceBytes];
        BinaryPrimitives.WriteInt32BigEndian(content, userId);
        RandomNumberGenerator.Fill(content.AsSpan(sizeof(int)));
        return WebEncoders.Base64UrlEncode(Protector.Protect(content));
    }

    /// <summary>Stores a link in the caller's transaction.</summary>
    /// <param name="token">Made by <see cref="NewToken"/> for the same user.</param>
    /// <param name="days">Validity, from 1 to <see cref="MaxDays"/>.</param>
    /// <returns>The link and its address, which is never returned again; null when the panel has no such user.</returns>
    public async Task<(LinkInfo Info, string Address)?> CreateAsync(NpgsqlConnection connection, int userId, string token, string createdBy,
        string reason, int days)
    {
        if (!await Accounts.OpenAsync(connection, userId, CancellationToken.None))
            return null;
        var info = (await connection.QueryAsync<LinkInfo>(CreateSql, CancellationToken.None,
            ("user_id", userId), ("hash", Hash(token)), ("reason", reason), ("by", createdBy), ("days", days)))[0];
        return (info, $"{options.Value.Address}/pay/{token}");
    }

    /// <returns>The customer whose page the token opens; null when the token is invalid, expired or revoked, or its user no longer
    /// exists.</returns>
    public async Task<(string Name, LinkedCustomer Guest)?> FindAsync(string token, CancellationToken ct)
    {
        if (UserOf(token) is not { } userId)
            return null;
        // Hashes the text: another spelling of the same bytes is another token.
        return await database.FindAsync<LinkedCustomer>(FindSql, ct, ("hash", Hash(token)), ("user_id", userId)) is { } customer
            ? (FormattableString.Invariant($"link:{customer.LinkId}"), customer) : null;
    }

    /// <summary>Lists a customer's links, the latest first.</summary>
    /// <returns>Null when neither the panel nor the ledger has the user.</returns>
    public async Task<List<LinkInfo>?> ListAsync(int userId, CancellationToken ct) =>
        await database.ScalarAsync<bool>(IsKnownSql, ct, ("user_id", userId))
            ? await database.QueryAsync<LinkInfo>(ListSql, ct, ("user_id", userId)) : null;

    /// <summary>Revokes a link in the caller's transaction.</summary>
    /// <returns>The link, also when it was already revoked; null when the customer has none with this id.</returns>
    public static Task<LinkInfo?> RevokeAsync(NpgsqlConnection connection, int userId, long id, string by) =>
        connection.FindAsync<LinkInfo>(RevokeSql, CancellationToken.None, ("user_id", userId), ("id", id), ("by", by));

    private IDataProtector Protector => protection.CreateProtector(Purpose);

    private int? UserOf(string token)
    {
        if (token.Length > MaxTokenLength)
            return null;
        try
        {
            return Protector.Unprotect(WebEncoders.Base64UrlDecode(token)) is { Length: sizeof(int) + NonceBytes } content
                ? BinaryPrimitives.ReadInt32BigEndian(content) : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException) // Altered, or made for another purpose.
        {
            return null;
        }
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>A customer admitted by a link.</summary>
public sealed record LinkedCustomer(long LinkId, long AccountId, int UserId, DateTime ExpiresAt);

/// <summary>A link, without its token.</summary>
public sealed record LinkInfo(long Id, string Reason, string CreatedBy, DateTime CreatedAt, DateTime ExpiresAt, DateTime? RevokedAt,
    string? RevokedBy);
