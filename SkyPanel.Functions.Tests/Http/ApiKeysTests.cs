using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Http;

public sealed class ApiKeysTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly Caller Ann = new("key:ann", Role.Admin, "192.0.2.1", "r1");

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task A_key_has_256_random_bits_and_the_database_has_only_their_hash()
    {
        var (_, keys) = Instance();
        var (info, key) = (await CreateAsync(keys, "ci", Role.Operator, "ops", Later))!.Value;

        Assert.Matches("^skyfn_[a-z2-7]{8}_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(($"key:{info.Id}", Role.Operator), await FindAsync(keys, key));
        Assert.False(await database.ScalarAsync<bool>(
            "select exists (select from cron_service.api_keys k where k::text like '%' || @secret || '%')", ("secret", key[15..])));
        Assert.Equal(ApiKey.Hash(key), await database.ScalarAsync<byte[]>("select secret_hash from cron_service.api_keys where id = @id",
            ("id", info.Id)));
        Assert.Equal("create-key key:ann 192.0.2.1 r1", await database.ScalarAsync<string>(
            "select concat_ws(' ', action, actor, address, request_id) from cron_service.audit where subject = @subject",
                ("subject", $"key {info.Id}")));
    }

    [Fact]
    public async Task A_wrong_key_is_nobody_s_whatever_it_has_in_common_with_a_right_one()
    {
        var (_, keys) = Instance();
        var key = (await CreateAsync(keys, "one", Role.Admin, null, Later))!.Value.Key;
        foreach (var wrong in new[] { null, "", "skyfn_", key[..^1], $"{key}x", key.ToUpperInvariant(),
            key.Replace("skyfn_", "", StringComparison.Ordinal), ApiKey.New(ApiKey.IdOf(key)), ApiKey.New(ApiKey.NewId()) })
            Assert.Null(await FindAsync(keys, wrong));
    }

    [Fact]
    public async Task A_key_that_is_revoked_on_another_instance_stops_within_three_seconds()
    {
        var ((register, keys), (_, elsewhere)) = (Instance(), Instance());
        var (info, key) = (await CreateAsync(keys, "one", Role.Viewer, null, Later))!.Value;
        Assert.NotNull(await FindAsync(elsewhere, key));
        Assert.NotNull((await register.RevokeAsync(Ann, info.Id))!.RevokedAt);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.NotNull(await FindAsync(elsewhere, key));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Null(await FindAsync(elsewhere, key));
        Assert.Equal((null, null), ((await RotateAsync(keys, "nothing2", TimeSpan.Zero)).Info,
            (await RotateAsync(keys, info.Id, TimeSpan.Zero)).Key));
    }

    [Fact]
    public async Task A_key_that_is_revoked_here_is_refused_at_once()
    {
        var (register, keys) = Instance();
        var (info, key) = (await CreateAsync(keys, "one", Role.Viewer, null, Later))!.Value;
        Assert.NotNull(await FindAsync(keys, key));
        await register.RevokeAsync(Ann, info.Id);
        Assert.Null(await FindAsync(keys, key));
    }

    [Fact]
    public async Task A_hundred_thousand_wrong_keys_are_looked_up_in_one_reading()
    {
        var (_, keys) = Instance();
        await FindAsync(keys, "the first reads");
        await database.ExecuteAsync("alter table cron_service.api_keys rename to hidden"); // Another reading fails.
        for (var n = 0; n < 100_000; n++)
            Assert.Null(await FindAsync(keys, ApiKey.New(ApiKey.NewId())));
        await database.ExecuteAsync("alter table cron_service.hidden rename to api_keys");
    }

    [Fact]
    public async Task A_rotated_key_is_valid_beside_the_new_one_for_its_grace_and_the_one_before_it_not_at_all()
    {
        var (_, keys) = Instance();
        var (info, first) = (await CreateAsync(keys, "one", Role.Viewer, null, Later))!.Value;
        var second = (await RotateAsync(keys, info.Id, TimeSpan.FromMinutes(60))).Key!;
        Assert.NotNull(await FindAsync(keys, first));
        var third = (await RotateAsync(keys, info.Id, TimeSpan.FromMinutes(60))).Key!;
        Assert.Null(await FindAsync(keys, first));
        Assert.NotNull(await FindAsync(keys, second));
        Assert.NotNull(await FindAsync(keys, third));
        await database.ExecuteAsync("update cron_service.api_keys set previous_until = now() where id = @id", ("id", info.Id));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await FindAsync(keys, second));
        Assert.NotNull(await FindAsync(keys, third));
    }

    [Fact]
    public async Task A_key_that_was_replaced_without_a_grace_is_refused_whatever_the_clock_of_the_app_says()
    {
        var (_, keys) = Instance();
        var (info, first) = (await CreateAsync(keys, "one", Role.Viewer, null, Later))!.Value;
        _time.AdjustTime(_time.GetUtcNow().AddMinutes(-4));

        var rotated = await RotateAsync(keys, info.Id, TimeSpan.Zero);

        Assert.Null(await FindAsync(keys, first));
        Assert.NotNull(await FindAsync(keys, rotated.Key));
        Assert.Null(rotated.Info!.PreviousValidUntil);
        Assert.True(await database.ScalarAsync<bool>("select previous_hash is null from cron_service.api_keys where id = @id",
            ("id", info.Id)));
    }

    [Fact]
    public async Task A_key_ends_when_it_expires_also_where_it_is_still_kept()
    {
        var (_, keys) = Instance();
        var key = (await CreateAsync(keys, "short", Role.Viewer, null, _time.GetUtcNow().AddSeconds(8)))!.Value.Key;
        Assert.NotNull(await FindAsync(keys, key));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.Null(await FindAsync(keys, key));
    }

    [Fact]
    public async Task The_last_use_is_written_once_a_minute_at_most()
    {
        var (_, keys) = Instance();
        var (info, key) = (await CreateAsync(keys, "used", Role.Viewer, null, Later))!.Value;
        Task<DateTime?> UsedAsync() => database.ScalarAsync<DateTime?>("select last_used_at from cron_service.api_keys where id = @id",
            ("id", info.Id));
        Assert.Null(await UsedAsync());
        await FindAsync(keys, key);
        Assert.NotNull(await UsedAsync());
        await database.ExecuteAsync("update cron_service.api_keys set last_used_at = '2020-01-01' where id = @id", ("id", info.Id));
        await FindAsync(keys, key);
        Assert.Equal(2020, (await UsedAsync())!.Value.Year);
        _time.Advance(TimeSpan.FromSeconds(60));
        await FindAsync(keys, key);
        Assert.NotEqual(2020, (await UsedAsync())!.Value.Year);
    }

    private static Task<(string Name, Role Role)?> FindAsync(ApiKeys keys, string? key) =>
        keys.FindAsync(key, TestContext.Current.CancellationToken);

    private async Task<(ApiKeyInfo Info, string Key)?> CreateAsync(ApiKeys keys, string name, Role role, string? owner,
        DateTimeOffset expiresAt)
    {
        var made = await database.InOneAsync(transaction => ApiKeyRegister.CreateAsync(transaction.Connection!, Ann, name, role, owner,
            expiresAt));
        keys.Invalidate();
        return made;
    }

    private async Task<(ApiKeyInfo? Info, string? Key)> RotateAsync(ApiKeys keys, string id, TimeSpan grace)
    {
        var rotated = await database.InOneAsync(transaction => ApiKeyRegister.RotateAsync(transaction.Connection!, Ann, id, grace));
        keys.Invalidate();
        return rotated;
    }

    private DateTimeOffset Later => _time.GetUtcNow().AddDays(30);

    private (ApiKeyRegister Register, ApiKeys Keys) Instance()
    {
        var keys = new ApiKeys(database.Source, Options.Create(new AdminOptions()), _time);
        return (new(database.Source, keys), keys);
    }
}
