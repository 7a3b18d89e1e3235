using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>Adds the servers of the history to the panel's tables and to the simulated VirtFusion.</summary>
internal static class DemoHistoryFleet
{
    public static readonly (int ServerId, int UserId, decimal Price)[] Servers =
    [
        (2001, 6, 10m), (2002, 6, 10m), (2003, 6, 2.50m), (2004, 7, 20m), (2005, 7, 20m), (2006, 8, 50m), (2007, 8, 50m), (2008, 9, 50m),
        (2009, 9, 50m), (2011, 11, 5m), (2012, 11, 15m),
    ];

    private static readonly string[] Names =
        ["Ada Lovelace Ltd", "Blue Fern Hosting", "Cedar Games", "Dry River Studio", "Elm Street Shop", "First Contact GmbH"];

    private const string IsEmptySql = "select not exists (select from public.virtfusion_hourly_billing)";

    private const string UsersSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id, created_at)
        select 5 + n, 'history' || n || '@example.com', 'history' || n, name, 105 + n, @at
        from unnest(@names) with ordinality as u(name, n) on conflict do nothing
        """;

    private const string EnrolSql = """
        insert into public.virtfusion_hourly_billing (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price,
            hourly_rate,
            server_created_at, last_billed_at, created_at, updated_at)
        select user_id, server_id, server_id, 100 + round(price)::integer, 'Plan ' || price, price, round(price / 730, 6), @created_at,
            @billed_at, @created_at, @created_at
        from unnest(@server_ids, @user_ids, @prices) as s(server_id, user_id, price)
        """;

    private const string PriceSql = """
        update public.virtfusion_hourly_billing set monthly_price = @price, hourly_rate = round(@price / 730, 6)
            where virtfusion_server_id = @server_id
        """;

    public static async Task<bool> IsPanelEmptyAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand(IsEmptySql);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <param name="tokens">The initial balance of each customer's wallet.</param>
    public static async Task SeedAsync(
        NpgsqlDataSource database, VirtFusionSimulator virtFusion, DateTimeOffset begin, IReadOnlyDictionary<int, decimal> tokens,
            CancellationToken ct)
    {
        await DemoClock.ExecuteAsync(database, UsersSql, ct, ("names", Names), ("at", Wall(begin)));
        foreach (var (userId, amount) in tokens)
            virtFusion.AddUser(userId, 100 + userId, amount);
        await EnrolAsync(database, virtFusion, Servers, begin.AddDays(-2), begin, ct);
    }

    /// <summary>Enrols a server created earlier, so that its oldest hours are held.</summary>
    public static Task EnrolLateAsync(NpgsqlDataSource database, VirtFusionSimulator virtFusion, int serverId, int userId, decimal price,
        DateTimeOffset createdAt, CancellationToken ct) => EnrolAsync(database, virtFusion, [(serverId, userId, price)], createdAt, null,
            ct);

    public static Task SetPriceAsync(NpgsqlDataSource database, int serverId, decimal price, CancellationToken ct) =>
        DemoClock.ExecuteAsync(database, PriceSql, ct, ("server_id", serverId), ("price", price));

    private static async Task EnrolAsync(NpgsqlDataSource database, VirtFusionSimulator virtFusion,
        (int ServerId, int UserId, decimal Price)[] servers, DateTimeOffset createdAt, DateTimeOffset? billedAt, CancellationToken ct)
    {
        await DemoClock.ExecuteAsync(database, EnrolSql, ct, ("server_ids", servers.Select(server => server.ServerId).ToArray()),
            ("user_ids", servers.Select(server => server.UserId).ToArray()), ("prices", servers.Select(server => server.Price).ToArray()),
            ("created_at", Wall(createdAt)), ("billed_at", billedAt is { } at ? Wall(at) : DBNull.Value));
        foreach (var (serverId, userId, _) in servers)
            virtFusion.AddServer(serverId, 100 + userId, createdAt);
    }

    // The panel's times are UTC without a zone.
    private static DateTime Wall(DateTimeOffset at) => DateTime.SpecifyKind(at.UtcDateTime, DateTimeKind.Unspecified);
}
