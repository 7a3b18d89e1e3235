using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>Every customer's native usage is read, and whatever of it grows is noticed.</summary>
public sealed class NativeUsageTests
{
    private const string Usage = "selfService/usage/byUserExtRelationId/";

    [Fact]
    public async Task One_whom_VirtFusion_does_not_know_is_told_and_keeps_nobody_else_from_being_read()
    {
        await using var panel = await StartAsync(customers: 14);
        panel.VirtFusion.Faults.Add("GET", $"{Usage}1?", Fault.Answer(404, "{\"msg\":\"user not found\"}"));

        await ReadAsync(panel);
        await ReadAsync(panel);

        Assert.Equal(13, await panel.CountAsync("cron_service.native_usage where tokens is not null"));
        Assert.Equal("VirtFusion's own hourly billing of user 1 can't be read, so it isn't known whether they pay twice: status 404: " +
            "user not found",
            Assert.Single(await panel.Services.Get<NativeUsage>().ProblemsAsync(TestContext.Current.CancellationToken)).Message);
        Assert.Equal(14, panel.VirtFusion.Requests.Received.Select(request => request.PathAndQuery)
            .Where(path => path.Contains(Usage, StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    public async Task One_without_a_server_is_neither_read_nor_told_of()
    {
        await using var panel = await StartAsync(customers: 1);
        panel.VirtFusion.Faults.Add("GET", $"{Usage}1?", Fault.Answer(404, "{\"msg\":\"user not found\"}"));
        await ReadAsync(panel);
        await panel.Database.ExecuteAsync("update cron_service.enrolments set enrolment_id = null");

        await ReadAsync(panel);

        Assert.Equal(1, panel.VirtFusion.Requests.Count("GET", $"{Usage}1?"));
        Assert.Empty(await panel.Services.Get<NativeUsage>().ProblemsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Any_number_of_unreadable_ones_are_passed_over_and_come_again_after_the_others()
    {
        await using var panel = await StartAsync(customers: 30);
        for (var user = 1; user <= 25; user++)
            panel.VirtFusion.Faults.Add("GET", $"{Usage}{user}?", Fault.Answer(user % 2 == 0 ? 422 : 400));

        for (var pass = 0; pass < 3; pass++)
            await ReadAsync(panel);

        Assert.Equal(5, await panel.CountAsync("cron_service.native_usage where tokens is not null"));
        panel.VirtFusion.Faults.Clear();
        for (var pass = 0; pass < 3; pass++)
            await ReadAsync(panel);
        Assert.Equal((30, 0), (await panel.CountAsync("cron_service.native_usage where tokens is not null"),
            await panel.CountAsync("cron_service.native_usage where problem is not null")));
    }

    [Fact]
    public async Task While_VirtFusion_is_down_one_is_asked_and_nobody_is_told_of()
    {
        await using var panel = await StartAsync(customers: 10);
        panel.VirtFusion.Faults.Add("GET", Usage, Fault.Answer(401));

        await ReadAsync(panel);

        Assert.Equal(1, panel.VirtFusion.Requests.Count("GET", Usage));
        Assert.Empty(await panel.Services.Get<NativeUsage>().ProblemsAsync(TestContext.Current.CancellationToken));
        panel.VirtFusion.Faults.Clear();
        await ReadAsync(panel);
        Assert.Equal(10, await panel.CountAsync("cron_service.native_usage where tokens is not null"));
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(5, 0.5)]
    [InlineData(0, 3)] // One figure fell, another grew.
    public async Task Whatever_figure_grows_is_a_sign(decimal tokens, decimal addonTokens)
    {
        await using var panel = await StartAsync(customers: 1);
        panel.VirtFusion.SetNativeUsage(1, 5);
        await ReadAsync(panel);
        await ReadAsync(panel);
        Assert.Equal(0, await panel.CountAsync("cron_service.native_usage where grew_at is not null"));
        panel.VirtFusion.SetNativeUsage(1, tokens, addonTokens);

        await ReadAsync(panel);

        Assert.Equal(1, await panel.CountAsync("cron_service.native_usage where grew_at is not null"));
    }

    [Fact]
    public async Task The_sign_keeps_the_figure_that_was_seen_to_grow()
    {
        await using var panel = await StartAsync(customers: 1);
        foreach (var tokens in new[] { 5, 9, 0, 7 })
        {
            panel.VirtFusion.SetNativeUsage(1, tokens);
            await ReadAsync(panel);
        }

        await using var connection = await panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var sign = await Interlock.StandingAsync(connection, TestContext.Current.CancellationToken);
        Assert.StartsWith("VirtFusion's own hourly billing counted for user 1 (9 tokens of a month, seen on 2", sign,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_who_was_read_in_the_future_since_the_clock_was_put_back_is_read_all_the_same()
    {
        await using var panel = await StartAsync(customers: 12);
        await ReadAsync(panel);
        await panel.Database.ExecuteAsync("update cron_service.native_usage set tried_at = now() + interval '6 hours' where user_id = 10");

        await ReadAsync(panel);

        Assert.Equal(2, panel.VirtFusion.Requests.Count("GET", $"{Usage}10?"));
    }

    private static async Task<TestPanel> StartAsync(int customers)
    {
        var panel = await TestPanel.StartAsync();
        for (var user = 1; user <= customers; user++)
        {
            await panel.AddUserAsync(user);
            await panel.Database.ExecuteAsync("""
                insert into cron_service.accounts (kind, user_id) values ('customer', @user);
                insert into cron_service.enrolments (server_id, enrolment_id, user_id, billing_enabled, billed_from, billed_until)
                values (@user, @user::text, @user, true, 'infinity', 'infinity')
                """, ("user", user));
        }
        return panel;
    }

    private static Task ReadAsync(TestPanel panel) => panel.Services.Get<NativeUsage>().ReadAsync(TestContext.Current.CancellationToken);
}
