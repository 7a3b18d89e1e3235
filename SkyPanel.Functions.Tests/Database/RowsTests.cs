using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests.Database;

/// <summary>Rows are read by the names of their columns, and a mistake is an error at once.</summary>
public sealed class RowsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string RowSql = """
        select 'lease_lost' as status, null::text as next_status, 7 as run_id, 2.5 as amount, null::numeric as owed_amount, 'x' as name,
            null::text as note, array[1, 2] as server_ids, timestamptz '2026-03-01Z' as starts_at, timestamptz '2026-03-02Z' as ends_at,
            date '2026-03-03' as day
        """;

    private sealed record Row(long RunId, string Name, string? Note, decimal Amount, decimal? OwedAmount, RowStatus Status,
        RowStatus? NextStatus, int[] ServerIds, DateTime StartsAt, DateTimeOffset EndsAt, DateOnly Day);

    private readonly record struct Pair(int First, int Second);

    private sealed record Pairs(Pair Pair, string Name, Note? Note);

    private sealed record Note(string? Text, DateOnly Day);

    private enum RowStatus { Open, LeaseLost }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_is_read_by_the_names_of_its_parameters()
    {
        var row = await database.Source.ScalarAsync<Row>(RowSql, Ct);
        Assert.Equal([1, 2], row.ServerIds);
        Assert.Equal(new(7, "x", null, 2.5m, null, RowStatus.LeaseLost, null, row.ServerIds, new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc),
            new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 3)), row);
        Assert.Equal([new(2, 1), new(4, 3)], await database.Source.QueryAsync<Pair>(
            "select * from (values (1, 2), (3, 4)) as pairs (second, first)", Ct));
    }

    [Fact]
    public async Task A_record_in_a_record_has_columns_of_its_own_and_may_be_null()
    {
        var pairs = await database.Source.QueryAsync<Pairs>("""
            select 1 as first, 2 as second, 'a' as name, null::text as text, null::date as day
            union all select 3, 4, 'b', null, date '2026-03-03' order by first
            """, Ct);
        Assert.Equal([new(new(1, 2), "a", null), new(new(3, 4), "b", new(null, new(2026, 3, 3)))], pairs);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            database.Source.QueryAsync<Pairs>("select 1 as first, 2 as second, 'a' as name where false", Ct));
    }

    [Fact]
    public async Task A_single_column_is_read_as_a_value()
    {
        Assert.Equal([1L, 2L], await database.Source.QueryAsync<long>("select generate_series(1, 2)", Ct));
        Assert.Equal(RowStatus.Open, await database.Source.ScalarAsync<RowStatus>("select 'open'", Ct));
        Assert.Null(await database.Source.ScalarAsync<RowStatus?>("select null::text", Ct));
        Assert.Null(await database.Source.FindAsync<DateTime?>("select now() where false", Ct));
        Assert.Equal(["a", "b"], (await database.Source.FindAsync<string[]>("select array['a', 'b']", Ct))!);
    }

    [Fact]
    public async Task Each_parameter_needs_a_column_and_each_column_a_parameter_even_without_a_row()
    {
        string[] wrong = ["1 as first", "1 as first, 2 as other", "1 as first, 2 as second, 3 as third", "1 as first, 2 as first"];
        foreach (var columns in wrong)
        {
            var names = string.Join(", ", columns.Split(", ").Select(column => column[5..]));
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                database.Source.FindAsync<Pair>($"select {columns} where false", Ct));
            Assert.EndsWith($"Pair needs the columns first, second; the result has {names}.", error.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.Source.FindAsync<int>("select 1, 2", Ct));
    }

    [Theory]
    [InlineData("'lease_lost' as status", "'lost' as status", "Status of ")]
    [InlineData("'x' as name", "null::text as name", "Name of ")]
    [InlineData("2.5 as amount", "null::numeric as amount", "Amount of ")]
    [InlineData("7 as run_id", "'7' as run_id", "RunId of ")]
    public async Task A_value_that_a_parameter_cannot_have_is_an_error_that_names_it(string column, string wrong, string name)
    {
        var sql = RowSql.Replace(column, wrong, StringComparison.Ordinal);
        Assert.NotEqual(RowSql, sql);
        var error = await Assert.ThrowsAsync<InvalidCastException>(() => database.Source.ScalarAsync<Row>(sql, Ct));
        Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scalar_has_exactly_one_row()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.Source.ScalarAsync<int>("select 1 where false", Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.Source.ScalarAsync<int>("select generate_series(1, 2)", Ct));
        await Assert.ThrowsAsync<InvalidCastException>(() => database.Source.ScalarAsync<string>("select null::text", Ct));
    }
}
