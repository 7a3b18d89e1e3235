using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What the API says and does when the database fails it.</summary>
public sealed class DatabaseTroubleTests
{
    private const string KeepNoneSql = """
        create function public.keep_none() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
        create trigger keep_none before update on cron_service.idempotency_keys for each row execute function public.keep_none();
        """;

    [Fact]
    public async Task The_doctor_tells_who_has_the_bootstrap_key_that_the_database_takes_nobody()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        var name = await panel.ScalarAsync<string>("select current_database()");
        await TestServer.ExecuteAsync($"alter database {name} allow_connections false");
        try
        {
            await TestServer.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
            var (status, body) = await app.GetAsync("/api/admin/doctor");
            // Of what it had connections to it hears first that they have ended.
            for (var tries = 0; status != HttpStatusCode.OK && tries < 25; tries++)
                (status, body) = await app.GetAsync("/api/admin/doctor");

            Assert.Equal((HttpStatusCode.OK, false), (status, body["ok"]!.GetValue<bool>()));
            Assert.Equal(("database", "failing"), ($"{body["findings"]![0]!["name"]}", $"{body["findings"]![0]!["state"]}"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.GetAsync("/api/admin/keys")).Status);
        }
        finally
        {
            await TestServer.ExecuteAsync($"alter database {name} allow_connections true");
        }
    }

    [Theory]
    [InlineData("53100")] // The disk is full.
    [InlineData("25006")] // A standby, in a statement.
    [InlineData("0A000")] // A standby, at the beginning of a transaction that may write.
    public async Task A_database_that_refuses_every_change_is_answered_503_and_not_as_a_defect(string state)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        await panel.Database.ExecuteAsync($"""
            create function public.refuse() returns trigger language plpgsql as $$
                begin raise exception 'no change' using errcode = '{state}'; end $$;
            create trigger refuse before insert on cron_service.api_keys for each row execute function public.refuse();
            """);

        var (status, body) = await app.SendAsync(HttpMethod.Post, "/api/admin/keys", new { name = "once", role = "viewer" }, "refused");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The database can't be used now."), (status, $"{body["title"]}"));
    }

    [Fact]
    public async Task A_run_is_answered_and_not_run_again_when_its_answer_could_not_be_kept()
    {
        const string trigger = "/api/admin/cron/jobs/monitoring/trigger";
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        await panel.Database.ExecuteAsync(KeepNoneSql);
        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync(HttpMethod.Post, trigger, new { }, "lost")).Status);
        await panel.Database.ExecuteAsync("drop function public.keep_none cascade");

        Assert.Equal(1, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.idempotency_keys where key = 'lost' and status_code is null"));
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.runs where job = 'monitoring'"));
    }

    [Fact]
    public async Task A_change_whose_answer_cannot_be_kept_is_not_made_and_a_repeat_makes_it()
    {
        const string keys = "/api/admin/keys";
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        await panel.Database.ExecuteAsync(KeepNoneSql);
        Assert.Equal(HttpStatusCode.InternalServerError,
            (await app.SendAsync(HttpMethod.Post, keys, new { name = "once", role = "viewer" }, "lost")).Status);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.api_keys"));
        await panel.Database.ExecuteAsync("drop function public.keep_none cascade");

        Assert.Equal(HttpStatusCode.Created,
            (await app.SendAsync(HttpMethod.Post, keys, new { name = "once", role = "viewer" }, "lost")).Status);
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.api_keys where name = 'once'"));
    }
}
