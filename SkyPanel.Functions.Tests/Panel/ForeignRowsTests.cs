using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Tests.Panel;

/// <summary>Any row of others is noticed, whenever it is committed and whatever its id.</summary>
public sealed class ForeignRowsTests : IAsyncLifetime
{
    private const string InsertSql =
        "insert into public.transactions (user_id, amount, type, description) values (1, -1, 'server_hourly_billing', 'x')";
    private const string InsertOursSql =
        $"with w as ({InsertSql} returning id) insert into cron_service.panel_rows (table_name, ids, row_id) " +
        $"select 'transactions', ids, row_id from cron_service.written_ids('transactions', (select array_agg(id::text) from w))";

    private readonly TestDatabase _database = new();
    private readonly ForeignRows _rows = new("hourly-billing", "transactions", "t.type = 'server_hourly_billing'");

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _database.ExecuteAsync("insert into public.users (id, email, username, full_name) values (1, 'a', 'a', 'A')");
        for (var row = 0; row < 5; row++)
            await _database.ExecuteAsync(InsertSql);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_there_before_is_known_ours_never_counts_and_every_other_row_does(bool hasUuids)
    {
        if (hasUuids)
            await _database.ExecuteAsync("alter table public.transactions drop id; alter table public.transactions add id uuid primary " +
                "key default gen_random_uuid()");
        await BeginAsync();
        await _database.ExecuteAsync(InsertOursSql);
        Assert.Equal(0, await FindAsync());
        await _database.ExecuteAsync(InsertSql.Replace("server_hourly_billing", "credit", StringComparison.Ordinal));
        Assert.Equal(0, await FindAsync());

        await _database.ExecuteAsync(InsertSql);
        Assert.Equal(1, await FindAsync());
        await _database.ExecuteAsync(InsertOursSql);
        await _database.ExecuteAsync(InsertSql);
        Assert.Equal((2, 2), (await FindAsync(), await FindAsync()));

        await BeginAsync();
        Assert.Equal(0, await FindAsync());
    }

    [Fact]
    public async Task A_row_with_a_lower_id_that_is_committed_later_is_noticed()
    {
        await BeginAsync();
        await using var late = await HeldRows.HoldAsync(_database, InsertSql);
        await _database.ExecuteAsync(InsertOursSql);
        Assert.Equal((0, 0), (await FindAsync(), await FindAsync()));

        await late.LetGoAsync();

        Assert.Equal((1, 1), (await FindAsync(), await FindAsync()));
    }

    [Fact]
    public async Task A_row_that_was_written_before_an_admin_enabled_the_job_and_is_committed_after_is_noticed_and_history_is_not()
    {
        await using var late = await HeldRows.HoldAsync(_database, InsertSql);
        await _database.ExecuteAsync(InsertSql);
        await BeginAsync();
        Assert.Equal(0, await FindAsync());

        await late.LetGoAsync();

        Assert.Equal((1, 1), (await FindAsync(), await FindAsync()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task As_many_rows_that_go_as_come_hide_nothing(bool hasUuids)
    {
        if (hasUuids)
            await _database.ExecuteAsync("alter table public.transactions drop id; alter table public.transactions add id uuid primary " +
                "key default gen_random_uuid()");
        await BeginAsync();
        await _database.ExecuteAsync("delete from public.transactions");

        await _database.ExecuteAsync(InsertSql);

        Assert.Equal(1, await FindAsync());
    }

    [Fact]
    public async Task Settled_rows_are_read_no_more()
    {
        await _database.ExecuteAsync($"insert into public.transactions (user_id, amount, type, description) select 1, 1, " +
            $"'server_hourly_billing', 'x' from generate_series(1, 20000); analyze public.transactions");
        await BeginAsync();
        await FindAsync();

        Assert.Equal(20_005, await _database.ScalarAsync<long>("select settled_id from cron_service.watched_tables"));
        Assert.Equal(0, await _database.ScalarAsync<long>("select count(*) from cron_service.foreign_rows"));
    }

    [Fact]
    public async Task A_row_that_somebody_writes_by_hand_under_a_settled_id_is_noticed_within_an_hour()
    {
        await _database.ExecuteAsync("update public.transactions set id = id + 1000");
        await BeginAsync();
        await InsertAsync(InsertSql, id: 500);

        Assert.Equal((1, 1), (await FindAnHourLaterAsync(), await FindAsync()));

        // The panel removes old rows of its own: that is no sign, and hides none.
        await _database.ExecuteAsync("delete from public.transactions where id > 1002");
        Assert.Equal(1, await FindAnHourLaterAsync());
    }

    [Fact]
    public async Task Of_a_table_that_grows_for_ever_only_the_latest_million_ids_are_counted_again()
    {
        await BeginAsync();
        await InsertAsync(InsertOursSql, id: 2_000_000);
        Assert.Equal((0, 0), (await FindAsync(), await FindAnHourLaterAsync()));
        Assert.Equal(1, await _database.ScalarAsync<long>("select all_rows from cron_service.watched_tables"));

        await InsertAsync(InsertSql, id: 999_999);
        Assert.Equal(0, await FindAnHourLaterAsync());
        await InsertAsync(InsertSql, id: 1_000_001);
        Assert.Equal(1, await FindAnHourLaterAsync());
    }

    [Theory]
    [InlineData("truncate public.transactions restart identity")]
    [InlineData("create table public.new (like public.transactions including all); drop table public.transactions cascade; " +
        "alter table public.new rename to transactions; alter table public.transactions alter id drop default, " +
        "alter id add generated by default as identity")]
    public async Task Rows_under_ids_that_start_again_are_noticed_also_those_that_were_ours_or_known(string emptying)
    {
        await using var late = await HeldRows.HoldAsync(_database, "insert into public.users (id, email, username, full_name) " +
            $"values (2, 'b', 'b', 'B'); {InsertSql}");
        await BeginAsync(); // Someone writes, so the rows are known by their ids.
        await late.LetGoAsync();
        await _database.ExecuteAsync("delete from public.transactions where id = 6");
        await _database.ExecuteAsync(InsertOursSql);
        Assert.Equal(0, await FindAsync());
        await _database.ExecuteAsync(emptying);
        Assert.Equal(0, await FindAsync());

        for (var row = 1; row <= 7; row++)
        {
            await _database.ExecuteAsync(InsertSql);
            Assert.Equal(row, await FindAsync());
        }
    }

    [Fact]
    public async Task Newest_rows_that_the_panel_deletes_are_no_sign_and_hide_none()
    {
        await _database.ExecuteAsync(InsertOursSql);
        await BeginAsync();
        await _database.ExecuteAsync(InsertOursSql);
        Assert.Equal(0, await FindAsync());

        await _database.ExecuteAsync("delete from public.transactions where id > 4");
        Assert.Equal((0, 0), (await FindAsync(), await FindAnHourLaterAsync()));
        await _database.ExecuteAsync(InsertOursSql);
        Assert.Equal((0, 0), (await FindAsync(), await FindAnHourLaterAsync()));

        await _database.ExecuteAsync(InsertSql);
        Assert.Equal((1, 1), (await FindAsync(), await FindAnHourLaterAsync()));
        await _database.ExecuteAsync("delete from public.transactions where id > 4");
        Assert.Equal((1, 1), (await FindAsync(), await FindAnHourLaterAsync()));
    }

    [Fact]
    public async Task A_table_that_the_panel_lacks_has_none()
    {
        await _database.ExecuteAsync("drop table public.transactions");

        await BeginAsync();

        Assert.Equal(0, await FindAsync());
    }

    private Task<int> InsertAsync(string sql, int id) => _database.ExecuteAsync(sql
        .Replace("(user_id", "(id, user_id", StringComparison.Ordinal).Replace("(1,", $"({id}, 1,", StringComparison.Ordinal));

    private async Task<long> FindAnHourLaterAsync()
    {
        await _database.ExecuteAsync("update cron_service.watched_tables set counted_at = now() - interval '61 minutes'");
        return await FindAsync();
    }

    private Task BeginAsync() => _database.InOneAsync(begin => _rows.BeginAsync(begin.Connection!, TestContext.Current.CancellationToken));

    private Task<long> FindAsync() =>
        _database.InOneAsync(find => _rows.CountAsync(find.Connection!, TestContext.Current.CancellationToken));
}
