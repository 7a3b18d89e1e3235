namespace SkyPanel.Functions.Tests;

public sealed class TestDatabaseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Blocked_waits_for_the_statements_that_wait_for_a_lock()
    {
        var ct = TestContext.Current.CancellationToken;
        await database.ExecuteAsync("create table doors (id int primary key)");
        await database.ExecuteAsync("insert into doors values (@id)", ("id", 1));

        await using var gate = await database.Source.OpenConnectionAsync(ct);
        await using var hold = await gate.BeginTransactionAsync(ct);
        await using var locks = gate.CreateCommand();
        locks.CommandText = "select from doors for update";
        await locks.ExecuteNonQueryAsync(ct);
        var updates = Enumerable.Range(0, 3).Select(_ => database.ExecuteAsync("update doors set id = id + 1")).ToArray();
        await database.BlockedAsync(statements: 3);
        Assert.DoesNotContain(updates, update => update.IsCompleted);
        await hold.RollbackAsync(ct);
        await Task.WhenAll(updates);

        Assert.Equal(4, await database.ScalarAsync<int>("select id from doors"));
    }

    [Fact]
    public async Task A_scalar_is_default_for_null_and_for_no_row()
    {
        Assert.Null(await database.ScalarAsync<string>("select null::text"));
        Assert.Null(await database.ScalarAsync<DateTimeOffset?>("select now() where @never", ("never", false)));
    }
}
