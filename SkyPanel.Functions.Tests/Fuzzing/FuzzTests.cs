using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Customers;
using SkyPanel.Functions.Tests.Http;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Sends hostile requests of every role to every HTTP function: there must be no failure and no leak, and only authorized changes,
/// each in the audit.</summary>
/// <remarks><c>SKYPANEL_FUZZ_SEED</c> and <c>SKYPANEL_FUZZ_REQUESTS</c> set the seed and the number of requests, <c>SKYPANEL_FUZZ_ONLY</c>
/// selects one by its number. The default is the same ten thousand each time.</remarks>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Senders = 12, KeysOfARole = 12, RunsIn = 10, LogShown = 5000;
    private const string Token = "a-token-of-virtfusion-that-is-stored", PayPal = PayPalSimulator.ClientSecret,
        InBodies = "a-value-that-nobody-hears-again",
        Other = "Somebody Else";
    private static readonly string[] Jobs = ["hourly-billing", "dns-renewal", "maintenance", "monitoring", "backup", "payments"];
    private static readonly TimeSpan LieAnsweredWithin = TimeSpan.FromMilliseconds(100);

    private static readonly int Seed = Setting("SEED", 1), Requests = Setting("REQUESTS", 10_000), Only = Setting("ONLY", -1);

    [Fact]
    public async Task Whatever_is_asked_by_whomever_nothing_fails_leaks_or_changes_unless_it_may()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await using var payPal = await PayPalSimulator.StartAsync(ct: ct);
        var app = await StartAsync(panel, payPal);
        var keys = await KeysAsync(app);
        var routes = FuzzRoute.All();
        Assert.Equal(RoleTests.Expected.Keys.Order(), routes.Select(route => route.Name).Distinct().Order());
        Assert.Contains(routes, route => route.Fields.Count > 2);
        Assert.Contains(routes, route => route.Parameters.Count > 2);

        var requests = new FuzzRequests(Seed, routes, keys);
        string[] secrets = [.. keys.Values.SelectMany(of => of), AppProcess.AdminKey, panel.VirtFusion.ApiToken, Token, PayPal, InBodies];
        var verdict = new FuzzVerdict(secrets, [Other, "\"serverId\":11,"]);
        var changes = new FuzzChanges(panel.Database);
        var statuses = new ConcurrentDictionary<int, int>();
        var wrong = new ConcurrentDictionary<string, string>(); // The first violation of each kind.
        using var senders = new FuzzSenders(app.Http.BaseAddress!, Senders, LieAnsweredWithin);
        foreach (var batch in (Only < 0 ? Enumerable.Range(0, Requests) : [Only]).Chunk(FuzzRequests.Batch))
        {
            var isFromInsiders = FuzzRequests.IsFromInsiders(batch[0]);
            if (isFromInsiders && batch[0] / FuzzRequests.Batch % RunsIn != RunsIn - 1)
                Assert.Equal(HttpStatusCode.OK, (await app.PostAsync("/api/admin/cron/pause", new { note = "for the fuzzing" })).Status);
            // Reading settings synchronizes changes of the panel's settings.
            Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
            await changes.BeginAsync(ct);
            var answers = new ConcurrentBag<(FuzzRequest Request, RawAnswer? Answer)>();
            await senders.SendAsync(batch.Select(requests.Make), (request, answer) =>
            {
                answers.Add((request, answer));
                statuses.AddOrUpdate(answer?.Status ?? 0, 1, (_, count) => count + 1);
                if (verdict.Of(request, answer) is { } problem)
                    wrong.TryAdd($"{request.Route.Name}: {problem}", $"{Again(request.Number)}\n{request.Describe(secrets)}\n\n{answer}");
            }, ct);
            if (await changes.JudgeAsync(isFromInsiders, answers, ct) is { } change)
                wrong.TryAdd(change, $"{Again(batch[0])} and the {batch.Length - 1} after it; done were\n" +
                    string.Join("\n\n", answers.Where(FuzzChanges.IsDone).Select(a => $"{a.Request.Describe(secrets)}\n{a.Answer}")));
        }
        // Requests with a link must affect its account only.
        Assert.Equal(0L, await panel.ScalarAsync<long>("""
            select count(*) from cron_service.top_ups t join cron_service.customer_links l on t.opened_by = 'link:' || l.id
            where t.account_id <> l.account_id
            """));
        Assert.True(wrong.IsEmpty, string.Join("\n\n\n", wrong.Select(one => $"{one.Key}\n{one.Value}")
            .Prepend(app.Output[^Math.Min(app.Output.Length, LogShown)..])));

        string[] log = [.. app.Output.Split('\n'), .. app.Errors];
        Assert.DoesNotContain(log, line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
        // Runs may log errors. Requests may not, since all failures are the caller's mistakes.
        Assert.DoesNotContain(log, line => (line.StartsWith("fail:", StringComparison.Ordinal)
            || line.StartsWith("crit:", StringComparison.Ordinal)) && !line.Contains("Jobs.RunExecution", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.StartsWith("X-Injected", StringComparison.Ordinal));
        output.WriteLine($"{statuses.Values.Sum()} answers to {(Only < 0 ? Requests : 1)} requests of seed {Seed}; batches of " +
            $"{FuzzRequests.Batch} in which nothing might change, some tables, any: {changes.Judged}");
        output.WriteLine(string.Join(", ", statuses.OrderBy(of => of.Key).Select(of => $"{(of.Key == 0 ? "none" : of.Key)}: {of.Value}")));
        // Fails if rate limits or refusals kept most requests from the functions.
        Assert.True(Only >= 0 || statuses.GetValueOrDefault(429) < Requests / 20, "Too many were told to wait.");
        Assert.True(Only >= 0 || statuses.GetValueOrDefault(200) > Requests / 50, "Too few got through.");
    }

    // Sample data of every kind: charges, a debit, held hours, stored secrets; and no schedule that is due in the next years.
    private static async Task<AppProcess> StartAsync(OutsidePanel panel, PayPalSimulator payPal)
    {
        await panel.Panel.AddServerAsync(10, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(60));
        await panel.Panel.AddServerAsync(11, userId: 2, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        await panel.Database.ExecuteAsync("update public.users set full_name = @name where id = 2", ("name", Other));
        // The secret that is stored below.
        var app = await panel.StartAppAsync([("Billing__MaxCatchUp", "1.00:00:00"), ("Admin__TrustedProxies", "1"),
            .. TopUpHttpTests.Settings(payPal).Where(setting => setting.Name != "PayPal__ClientSecret")]);
        foreach (var (name, value) in new[] { ("virtfusion_api_token", Token), ("paypal_client_secret", PayPal) })
            Assert.Equal(HttpStatusCode.OK, (await app.PutAsync($"/api/admin/settings/{name}", new { value })).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(OutsidePanel.Trigger)).Status);
        foreach (var job in Jobs)
            Assert.Equal(HttpStatusCode.OK,
                (await app.PutAsync($"/api/admin/cron/jobs/{job}/settings",
                    new { enabled = job == "payments", schedule = "0 0 29 2 *" })).Status);
        return app;
    }

    private static async Task<Dictionary<Role, string[]>> KeysAsync(AppProcess app)
    {
        var keys = new Dictionary<Role, string[]>();
        foreach (var name in Roles.Names)
        {
            var made = new string[KeysOfARole];
            for (var n = 0; n < made.Length; n++)
                made[n] = (await app.PostAsync("/api/admin/keys",
                    new { name = $"{name} {n}", role = name })).Body["key"]!.GetValue<string>();
            keys[Roles.Parse(name)!.Value] = made;
        }
        keys[Role.None] = [.. (await Task.WhenAll(Enumerable.Range(0, KeysOfARole)
            .Select(_ => app.PostAsync("/api/admin/customers/1/links", new { reason = "for the fuzzing" }))))
            .Select(made => OwnPageTests.Bench.TokenOf(made.Body))];
        return keys;
    }

    private static string Again(int number) =>
        $"SKYPANEL_FUZZ_SEED={Seed} SKYPANEL_FUZZ_ONLY={number} dotnet test SkyPanel.Functions.Tests --filter " +
            $"\"FullyQualifiedName~FuzzTests\"";

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable($"SKYPANEL_FUZZ_{name}") is { Length: > 0 } value
            ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
