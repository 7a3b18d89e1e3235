using Npgsql;

namespace SkyPanel.Demo;

/// <summary>Adds fifteen servers of five customers to the panel's tables and to the simulated VirtFusion.</summary>
internal static class DemoFleet
{
    public const int Tokens = 5_000;

    // Monthly prices in currency units. Server n belongs to customer 1 + n mod 5, and was created 40 + 77 n minutes ago.
    public static readonly decimal[] Prices = [2.50m, 5.00m, 10.00m, 20.00m, 50.00m];

    private const string UsersSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id)
        select n, 'customer' || n || '@example.com', 'customer' || n, 'Customer ' || n, 100 + n from generate_series(1, 5) as n
        on conflict do nothing
        """;

    private const string PackagesSql = """
        insert into public.package_pricing (virtfusion_package_id, name, price)
        select n, 'Plan ' || n, round(price * 100)::integer from unnest(@prices) with ordinality as p(price, n)
        on conflict do nothing
        """;

    private const string EnrolmentsSql = """
        insert into public.virtfusion_hourly_billing
            (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, server_created_at)
        select 1 + n % 5, n, 1000 + n, 1 + n % 5, 'Plan ' || 1 + n % 5, (@prices)[1 + n % 5], round((@prices)[1 + n % 5] / 730, 6),
            @now - n * interval '77 minutes' - interval '40 minutes'
        from generate_series(1, 15) as n
        where not exists (select from public.virtfusion_hourly_billing where virtfusion_server_id between 1001 and 1015)
          and not exists (select from public.virtfusion_hourly_billing where virtfusion_server_id not between 1001 and 2999)
        """;

    private const string ListSql =
        "select virtfusion_server_id, user_id, server_created_at from public.virtfusion_hourly_billing order by 1";

    /// <summary>Seeds a panel with no enrolments but those of a history; leaves any other unchanged.</summary>
    /// <returns>The servers with id, owner and time of creation.</returns>
    public static async Task<List<(int ServerId, int UserId, DateTimeOffset CreatedAt)>> SeedAsync(string connectionString,
        DateTimeOffset now, CancellationToken ct)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        foreach (var sql in new[] { UsersSql, PackagesSql, EnrolmentsSql })
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.AddWithValue("prices", Prices);
            command.Parameters.AddWithValue("now", now.UtcDateTime.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)));
            await command.ExecuteNonQueryAsync(ct);
        }
        var servers = new List<(int, int, DateTimeOffset)>();
        await using var list = database.CreateCommand(ListSql);
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            servers.Add((reader.GetInt32(0), reader.GetInt32(1), new(reader.GetDateTime(2), TimeSpan.Zero)));
        return servers;
    }
}
