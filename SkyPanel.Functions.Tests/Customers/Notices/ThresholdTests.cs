using CsCheck;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Customers.Notices;

namespace SkyPanel.Functions.Tests.Customers.Notices;

public sealed class ThresholdTests
{
    private static readonly int[] Thresholds = [72, 24, 1];
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    // Null: the balance is unknown.
    private static readonly int?[] Edges = [0, 1, 2, 24, 25, 72, 73, null];
    private static readonly Gen<(int Minutes, int? Hours)[]> Walks =
        Gen.Select(Gen.Int[1, 90], Gen.OneOf(Gen.Int[0, 100].Select(hours => (int?)hours), Gen.Int[0, Edges.Length - 1]
            .Select(edge => Edges[edge]))).Array[1, 14];

    [Fact]
    public async Task On_any_walk_each_threshold_speaks_once_a_descent_and_none_within_an_hour_of_another()
    {
        await using var bench = await NoticeBench.StartAsync();
        var users = 0;
        var at = Start;
        await bench.EnableAsync(Start);
        await Walks.SampleAsync(async walk =>
        {
            var account = await bench.AddCustomerAsync(++users);
            var begin = at;
            var model = new Model();
            foreach (var (minutes, hours) in walk)
            {
                at += TimeSpan.FromMinutes(minutes);
                await bench.StandAsync(account, hours);
                await bench.WriteAsync(at);
                model.Look(at, hours);
            }
            Assert.Equal(model.Told, await ToldAsync(bench, account));
            model.AssertLaw();
            Assert.True(at > begin);
        }, iter: Proof.Times(30), threads: 1);
    }

    [Fact]
    public async Task The_lowest_threshold_speaks_for_those_that_were_passed_with_it()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync(Start);

        foreach (var (minute, hours) in new[] { (1, 100), (2, 20), (30, 1), (61, 1), (63, 0), (200, 0) })
        {
            await bench.StandAsync(account, hours);
            await bench.WriteAsync(Start.AddMinutes(minute));
        }

        Assert.Equal([(24, Start.AddMinutes(2)), (1, Start.AddMinutes(63))], await ToldAsync(bench, account));
    }

    [Fact]
    public async Task A_notice_of_a_clock_that_was_ahead_keeps_no_later_one_from_being_written()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync();
        await bench.Panel.Database.ExecuteAsync("insert into cron_service.notices (account_id, cause, cause_key, facts, created_at) " +
            "values (@account, 'resumed', 'ahead', '{}', now() + interval '2 days')", ("account", account));

        await bench.StandAsync(account, 20);

        Assert.Equal(1, await bench.WriteAsync());
    }

    [Fact]
    public async Task After_a_top_up_a_threshold_counts_again()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync(Start);

        foreach (var (minute, hours) in new[] { (1, 20), (200, 19), (300, 60), (400, 24), (500, 23) })
        {
            await bench.StandAsync(account, hours);
            await bench.WriteAsync(Start.AddMinutes(minute));
        }

        Assert.Equal(["runway 24/1", "runway 24/2"], await bench.WrittenAsync());
    }

    [Theory]
    [InlineData("runway_hours = 1000, burn = 0.01")]
    [InlineData("runway = 'endless', runway_hours = null, burn = 0")]
    public async Task A_threshold_counts_again_after_a_top_up_alone_and_not_while_servers_burn_less(string burning)
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.EnableAsync(Start);
        await bench.StandAsync(account, 70);
        await bench.WriteAsync(Start.AddMinutes(1));

        await bench.Panel.Database.ExecuteAsync($"update cron_service.standings set {burning}");
        await bench.WriteAsync(Start.AddHours(2));
        await bench.StandAsync(account, 60);
        await bench.WriteAsync(Start.AddHours(4));
        Assert.Equal(["runway 72/1"], await bench.WrittenAsync());

        // More is available than the 60 hours, though less than at the first notice; the servers burn less than then.
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.standings set available = 32, runway = 'known', runway_hours = 80, burn = 0.4");
        await bench.WriteAsync(Start.AddHours(6));
        await bench.Panel.Database.ExecuteAsync("update cron_service.standings set available = 28, runway_hours = 70");
        await bench.WriteAsync(Start.AddHours(8));
        Assert.Equal(["runway 72/1", "runway 72/2"], await bench.WrittenAsync());
    }

    [Fact]
    public async Task Where_a_runway_stands_when_notices_are_switched_on_is_the_past()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.StandAsync(account, 20);
        Assert.Equal(0, await bench.WriteAsync(Start)); // Off.
        await bench.EnableAsync(Start);

        Assert.Equal(0, await bench.WriteAsync(Start.AddHours(2)));
        await bench.StandAsync(account, 1);
        Assert.Equal(1, await bench.WriteAsync(Start.AddHours(3)));
        await bench.Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = false");
        await bench.WriteAsync(Start.AddHours(4));
        await bench.StandAsync(account, 100);
        await bench.StandAsync(account, 1);
        await bench.EnableAsync(Start.AddHours(5));
        Assert.Equal(0, await bench.WriteAsync(Start.AddHours(6)));
        Assert.Equal(["runway 1/1"], await bench.WrittenAsync());
    }

    [Fact]
    public async Task A_silenced_account_is_told_nothing_and_that_is_written_down()
    {
        await using var bench = await NoticeBench.StartAsync();
        var account = await bench.AddCustomerAsync(1);
        await bench.Panel.Database.ExecuteAsync(
            "insert into cron_service.customers (account_id, is_silenced, silence_reason) values (@id, true, 'a partner')",
            ("id", account));
        await bench.EnableAsync(Start);
        await bench.StandAsync(account, 20);

        Assert.Equal(1, await bench.WriteAsync(Start.AddMinutes(1)));
        await bench.DeliverAsync();

        var timeline = await bench.Get<Timeline>().ReadAsync(1, new(), NoticeBench.Cancel);
        Assert.Equal(("notice", "runway, not sent: a partner"), (timeline!.Entries[0].Kind, timeline.Entries[0].Reason));
        Assert.Equal("a partner", await bench.Panel.Database.ScalarAsync<string>("select silenced_reason from cron_service.notices"));
        Assert.Equal(0, await bench.Panel.Database.ScalarAsync<long>("select count(*) from cron_service.outbox"));
        Assert.Empty(bench.Mail.Mails);
    }

    private static async Task<(int Hours, DateTimeOffset At)[]> ToldAsync(NoticeBench bench, long account) =>
        [.. (await bench.Panel.Database.ScalarAsync<string[]>(
        "select coalesce(array_agg(split_part(cause_key, '/', 1) || ' ' || extract(epoch from created_at)::bigint order by id), '{}') " +
            "from cron_service.notices where account_id = @id", ("id", account)))!
        .Select(told => told.Split(' ')).Select(told => (int.Parse(told[0], System.Globalization.CultureInfo.InvariantCulture),
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture))))];

    /// <summary>The law in a few lines, beside the statements.</summary>
    private sealed class Model
    {
        private readonly HashSet<int> _spent = [];
        private readonly List<(int Hours, int Descent)> _descents = [];
        private readonly Dictionary<int, int> _descent = Thresholds.ToDictionary(hours => hours, _ => 1);

        public List<(int Hours, DateTimeOffset At)> Told { get; } = [];

        public void Look(DateTimeOffset at, int? hours)
        {
            if (hours is not { } runway)
                return;
            foreach (var risen in Thresholds.Where(threshold => runway > threshold && _spent.Remove(threshold)))
                _descent[risen]++;
            var reached = Thresholds.Where(threshold => runway <= threshold && !_spent.Contains(threshold)).ToArray();
            if (reached.Length == 0 || Told.Count > 0 && at - Told[^1].At < TimeSpan.FromHours(1))
                return;
            _spent.UnionWith(reached);
            Told.Add((reached.Min(), at));
            _descents.Add((reached.Min(), _descent[reached.Min()]));
        }

        public void AssertLaw()
        {
            Assert.Equal(_descents.Count, _descents.Distinct().Count());
            Assert.All(Told.Zip(Told.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromHours(1)));
        }
    }
}
