using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Tests.Panel;

/// <summary>The record of the rows that this app wrote to a table of the panel.</summary>
public sealed class OwnRowsTests : IAsyncLifetime
{
    private const string InsertSql = "insert into public.transactions (user_id, amount, type, description) select 1, -1, 'x', 'x'";

    private readonly TestDatabase _database = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _database.ExecuteAsync("insert into public.users (id, email, username, full_name) values (1, 'a', 'a', 'A')");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_rows_written_together_those_that_a_restored_table_kept_stay_ours_and_ids_used_again_do_not(bool isOursFirst)
    {
        await InsertOursAsync(10);
        Assert.Equal((0, 0), (await CountAsync("hourly-billing"), await CountAsync("all")));
        await _database.ExecuteAsync("delete from public.transactions where id > 5; alter sequence transactions_id_seq restart with 6");

        if (isOursFirst)
            await InsertOursAsync(1);
        Assert.Equal((0, 0), (await CountAsync("hourly-billing"), await CountAsync("all")));
        await _database.ExecuteAsync(InsertSql);

        Assert.Equal((1, 1), (await CountAsync("hourly-billing"), await CountAsync("all")));
    }

    [Fact]
    public async Task Each_row_is_compared_with_one_record_of_ours_however_many_there_are()
    {
        await _database.ExecuteAsync("""
            insert into cron_service.panel_rows (table_name, ids)
                select 'virtfusion_hourly_transactions', int8range(n, n + 1) from generate_series(1, 20000) n
                union all select 'transactions', int8range(20 * n, 20 * n + 20) from generate_series(1, 48) n;
            """ + InsertSql + " from generate_series(1, 1000); analyze");

        var (found, read) = await _database.InOneAsync(async find =>
        {
            var count = await new ForeignRows("all", "transactions").CountAsync(find.Connection!, Ct);
            return (count, (await find.Connection!.QueryAsync("""
                select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'panel_rows'
                """, row => row.GetInt64(0), Ct))[0]);
        });

        Assert.Equal(40, found);
        Assert.InRange(read, 1, 1000);
    }

    private Task<int> InsertOursAsync(int rows) => _database.ExecuteAsync(
        $"with w as ({InsertSql} from generate_series(1, @rows) returning id) " +
        "insert into cron_service.panel_rows (table_name, ids, row_id) " +
        "select 'transactions', ids, row_id from cron_service.written_ids('transactions', (select array_agg(id::text) from w))",
        ("rows", rows));

    /// <summary>Counts foreign rows: the watch <c>all</c> anew each time, others continue from their settled rows.</summary>
    private async Task<long> CountAsync(string watch)
    {
        await _database.ExecuteAsync("delete from cron_service.watched_tables where watch = 'all'");
        return await _database.InOneAsync(find => new ForeignRows(watch, "transactions").CountAsync(find.Connection!, Ct));
    }
}
