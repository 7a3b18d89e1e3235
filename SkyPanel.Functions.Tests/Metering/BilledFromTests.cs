using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>From when on a server is ours to bill, on panels whose tables differ.</summary>
public sealed class BilledFromTests
{
    // Created in VirtFusion at 08:00; billed at 14:00. last_billed_at server_created_at created_at first second without the prepaid hour
    private static readonly (string? LastBilled, string? ServerCreated, string Created, string From, string FromNotPrepaid)[] Table =
    [
        ("2026-03-04 12:30", "2026-03-04 09:15", "2026-03-04 09:20", "2026-03-04 12:30", "2026-03-04 12:30"),
        (null, "2026-03-04 09:15", "2026-03-04 11:20", "2026-03-04 10:15", "2026-03-04 09:15"),
        (null, null, "2026-03-04 09:20", "2026-03-04 09:20", "2026-03-04 09:20"),
        (null, null, "2026-03-04 06:20", "2026-03-04 08:00", "2026-03-04 08:00"), // Not before VirtFusion created it.
        (null, "2026-03-04 07:30", "2026-03-04 11:20", "2026-03-04 08:30", "2026-03-04 08:00"),
        ("2026-03-04 07:00", "2026-03-04 07:30", "2026-03-04 11:20", "2026-03-04 08:00", "2026-03-04 08:00"),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Billed_from_is_last_billed_at_else_creation_and_the_prepaid_hour_else_the_rows_own_creation(bool isPrepaid)
    {
        await using var panel = await TestPanel.StartAsync(("Metering:FirstHourPrepaid", isPrepaid ? "true" : "false"));
        await panel.AddUserAsync(1);
        for (var row = 0; row < Table.Length; row++)
            await EnrolAsync(panel, row + 1, Table[row].LastBilled, Table[row].ServerCreated, Table[row].Created);

        await panel.BillAsync(At("2026-03-04 14:00"));

        for (var row = 0; row < Table.Length; row++)
        {
            var from = At(isPrepaid ? Table[row].From : Table[row].FromNotPrepaid);
            Assert.Equal((row, (At("2026-03-04 14:00") - from).TotalSeconds), (row, await panel.SecondsAsync(row + 1)));
        }
    }

    [Fact]
    public async Task A_panel_without_the_optional_columns_is_billed_from_the_rows_creation()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("alter table public.virtfusion_hourly_billing drop server_created_at, drop server_uuid");
        await panel.Database.ExecuteAsync("alter table public.transactions drop virtfusion_credit_id");
        await panel.AddUserAsync(1);
        await EnrolAsync(panel, 1, null, null, "2026-03-04 11:20", hasServerCreated: false);

        var result = await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Empty(result.Problems);
        Assert.Equal([2400, 3600, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        Assert.Equal(1, await panel.CountAsync("public.transactions where status = 'completed' and type = 'server_hourly_billing'"));
    }

    [Fact]
    public async Task A_panel_whose_ids_are_uuids_is_billed_and_gets_its_rows()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            alter table public.virtfusion_hourly_transactions drop billing_id, drop id;
            alter table public.virtfusion_hourly_transactions add id uuid primary key default gen_random_uuid();
            alter table public.virtfusion_hourly_billing drop id;
            alter table public.virtfusion_hourly_billing add id uuid primary key default gen_random_uuid();
            alter table public.virtfusion_hourly_transactions add billing_id uuid not null
                references public.virtfusion_hourly_billing on delete cascade;
            alter table public.server_hourly_billing_settings drop id;
            alter table public.server_hourly_billing_settings add id serial primary key;
            insert into public.server_hourly_billing_settings (hours_per_month) values (720);
            """);
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: At("2026-03-04 10:00"));
        await panel.AddServerAsync(2, userId: 1, 7.30m, billedFrom: At("2026-03-04 10:00"));

        await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal(0.02m, await panel.ChargedAsync(1));
        Assert.Equal(2, await panel.CountAsync("public.virtfusion_hourly_billing where last_billed_at = '2026-03-04 12:00'"));
        Assert.Equal(2, await panel.CountAsync("""
            public.virtfusion_hourly_transactions t join public.virtfusion_hourly_billing b on b.id = t.billing_id
                and b.virtfusion_server_id = t.server_id
            """));
        Assert.Equal(2, await panel.CountAsync(
            "cron_service.panel_rows p join public.virtfusion_hourly_transactions t on p.row_id = t.id::text and t.server_id in (1, 2)"));
        var settings = await panel.Services.Get<SkyPanel.Functions.Billing.BillingSettings>()
            .ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(720, settings.HoursPerMonth);
    }

    [Fact]
    public async Task Billed_from_is_read_once_so_what_we_write_back_never_moves_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: At("2026-03-04 10:00"));
        await panel.BillAsync(At("2026-03-04 12:00"));
        await panel.SetAsync(1, "last_billed_at = '2026-03-01 00:00'");

        await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal(3 * 3600, await panel.SecondsAsync(1));
        Assert.Equal(1, await panel.CountAsync("public.virtfusion_hourly_billing where last_billed_at = '2026-03-04 13:00'"));
    }

    // What the row says instead of 11:00, the line, and what mends it.
    private static readonly (string Break, string Said, string Mend)[] Future =
    [
        ("last_billed_at = '2062-01-01'", "last_billed_at 2062-01-01 00:00:00 is in the future", "last_billed_at = '2026-03-04 11:00'"),
        ("last_billed_at = 'infinity'", "last_billed_at infinity is in the future", "last_billed_at = '2026-03-04 11:00'"),
        ("last_billed_at = to_timestamp(1772622000000)", "last_billed_at 58142-", "last_billed_at = '2026-03-04 11:00'"),
        ("last_billed_at = null, server_created_at = '2062-01-01'", "server_created_at 2062-01-01T00:00:00 is in the future",
            "server_created_at = '2026-03-04 10:00'"),
        ("last_billed_at = null, server_created_at = 'infinity'", "server_created_at infinity is in the future",
            "last_billed_at = '2026-03-04 11:00'"),
        ("last_billed_at = null, created_at = '2062-01-01'", "created_at 2062-01-01 00:00:00 is in the future",
            "created_at = '2026-03-04 11:00'"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // The row is deleted, and inserted again.
    public async Task A_time_in_the_future_is_a_line_and_heals_with_the_row(bool isInsertedAgain)
    {
        await using var panel = await TestPanel.StartAsync();
        for (var row = 0; row < Future.Length; row++)
        {
            await panel.AddServerAsync(row + 1, userId: 1, 7.30m, At("2026-03-04 11:00"));
            await panel.SetAsync(row + 1, Future[row].Break);
        }
        await panel.ObserveAsync(At("2026-03-04 12:00"));

        var broken = await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal((0, Future.Length), (broken.Hours, broken.Problems.Count));
        foreach (var problem in broken.Problems)
            Assert.StartsWith(Future[problem.ServerId!.Value - 1].Said, problem.Message, StringComparison.Ordinal);
        for (var row = 0; row < Future.Length; row++)
        {
            if (isInsertedAgain)
                await panel.Database.ExecuteAsync("""
                    with gone as (delete from public.virtfusion_hourly_billing where virtfusion_server_id = @id returning *)
                    insert into public.virtfusion_hourly_billing (user_id, server_id, virtfusion_server_id, package_id, package_name,
                        monthly_price, hourly_rate, last_billed_at)
                    select user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate,
                        '2026-03-04 11:00' from gone
                    """, ("id", row + 1));
            else
                await panel.SetAsync(row + 1, Future[row].Mend);
        }
        var mended = await panel.BillAsync(At("2026-03-04 15:00"));

        Assert.Empty(mended.Problems);
        for (var row = 0; row < Future.Length; row++)
            Assert.Equal((row, 4 * 3600), (row, await panel.SecondsAsync(row + 1)));
    }

    // A default now() in a session of the database's zone, at 10:00 UTC.
    [Theory]
    [InlineData("America/New_York", "2026-03-04 05:00")]
    [InlineData("Asia/Tokyo", "2026-03-04 19:00")]
    [InlineData("UTC", "2026-03-04 10:00")]
    public async Task A_rows_own_creation_in_the_zone_of_the_database_bills_no_hour_from_before_it(string zone, string wallTime)
    {
        await using var panel = await TestPanel.StartAsync();
        var database = await panel.Database.ScalarAsync<string>("select current_database()::text");
        await panel.Database.ExecuteAsync($"alter database \"{database}\" set timezone = '{zone}'");
        await panel.AddUserAsync(1);
        await EnrolAsync(panel, 1, null, null, wallTime);
        panel.VirtFusion.Distort(1, item =>
        {
            item["created"] = "2026-02-01T00:00:00+00:00";
            return item;
        });

        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal([10, 11, 12, 13], (await panel.HoursAsync(1)).Select(hour => hour.Hour.Hour));
    }

    private static async Task EnrolAsync(
        TestPanel panel, int server, string? lastBilled, string? serverCreated, string created, bool hasServerCreated = true)
    {
        await panel.Database.ExecuteAsync("""
            insert into public.virtfusion_hourly_billing
                (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, last_billed_at, created_at)
            values (1, @server, @server, 1, 'Plan', 10, 0.013699, @last_billed::timestamp, @created::timestamp)
            """, ("server", server), ("last_billed", lastBilled), ("created", created));
        if (hasServerCreated)
            await panel.Database.ExecuteAsync("""
                update public.virtfusion_hourly_billing set server_created_at = @at::timestamp where virtfusion_server_id = @server
                """, ("server", server), ("at", serverCreated));
        panel.VirtFusion.AddServer(server, 101, At("2026-03-04 08:00"));
    }
}
