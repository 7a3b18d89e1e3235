using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SkyPanel.Functions.Hosting;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class BadStartTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    // What the local process itself reads, before or after the checks, and one value in ten of the others.
    private static readonly string[] ReadByTheProcess = ["ASPNETCORE_URLS", "LocalHost__SchedulesFile", "Cron__HourlyBilling__Schedule",
        "Cron__Heartbeat__Schedule"];

    private static readonly string[] Timers = ["HourlyBilling", "DnsRenewal", "Monitoring", "Maintenance", "Backup", "Payments"];

    private static readonly (string Name, string Value, string Says)[] Started =
        [.. BadValues.All.Where((bad, index) => ReadByTheProcess.Contains(bad.Name) || index % 10 == 0)];

    [Fact]
    public async Task A_bad_value_is_refused_in_one_line_that_names_it_and_what_is_allowed()
    {
        var failures = new List<string>();
        foreach (var bad in BadValues.All.Where(bad => !ReadByTheProcess.Contains(bad.Name)))
        {
            var line = await RefusalAsync(bad.Name, bad.Value);
            if (!IsTold(bad, line ?? ""))
                failures.Add($"{bad.Name}={bad.Value}: {line}");
        }
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public async Task A_refusal_is_the_only_line_and_ends_the_process()
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Started, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (bad, _) =>
        {
            var (exitCode, output, errors) = await AppProcess.RunAsync(panel.Environment((bad.Name, bad.Value)));
            if (exitCode == 0 || errors.Count != 1 || !IsTold(bad, errors[0]) || output.Contains("topsecret", StringComparison.Ordinal))
                failures.Add($"{bad.Name}={bad.Value}: exit code {exitCode}\n{output}\n{string.Join('\n', errors)}");
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static bool IsTold((string Name, string Value, string Says) bad, string line) =>
        line.Contains(bad.Name.Replace("__", ":", StringComparison.Ordinal), StringComparison.Ordinal)
        && line.Contains(bad.Says, StringComparison.Ordinal) && !line.Contains("topsecret", StringComparison.Ordinal);

    private async Task<string?> RefusalAsync(string name, string value)
    {
        // The last one wins, as in an environment. The process has defaults for its timers.
        var timers = Timers.Select(timer => ($"Cron__{timer}__Schedule", "0 * * * *"));
        var settings = timers.Concat(panel.Environment((name, value)))
            .GroupBy(setting => setting.Item1.Replace("__", ":", StringComparison.Ordinal))
            .Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Last().Item2));
        try
        {
            var builder = LocalApplication.CreateIsolatedBuilder(typeof(Startup).Assembly.GetTypes(), settings);
            builder.AddSkyPanel().BeginDatabaseCheck().AddLocalHosting();
            using var host = builder.Build();
            await Startup.CheckAsync(host.Services, TestContext.Current.CancellationToken);
            return null;
        }
        catch (Exception e) when (Startup.Refusal(e) is { } line)
        {
            return line;
        }
    }

    [Fact]
    public async Task A_database_that_never_answers_stops_the_start_within_ten_seconds()
    {
        await Task.WhenAll(StopsAsync(""), StopsAsync(";Timeout=0"));

        async Task StopsAsync(string more)
        {
            using var blackHole = new TcpListener(IPAddress.Loopback, 0);
            blackHole.Start();
            var port = ((IPEndPoint)blackHole.LocalEndpoint).Port;
            var starting = AppProcess.RunAsync(
                panel.Environment(("ConnectionStrings__SkyPanel",
                $"Host=127.0.0.1;Port={port};Database=x;Username=x;Password=topsecret{more}")));
            // From when it asks: until then a busy machine is busy loading it.
            using var asked = await blackHole.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            var since = TimeProvider.System.GetTimestamp();
            var (exitCode, _, errors) = await starting;
            var took = TimeProvider.System.GetElapsedTime(since);

            Assert.Equal(1, exitCode);
            Assert.Contains($"127.0.0.1:{port}", Assert.Single(errors), StringComparison.Ordinal);
            Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took}.");
        }
    }

    [Fact]
    public async Task An_address_that_is_taken_stops_the_start_without_a_stack_trace()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var starts = await Task.WhenAll(Enumerable.Repeat(taken.LocalEndpoint, 3)
            .Select(address => AppProcess.RunAsync(panel.Environment(("ASPNETCORE_URLS", $"http://{address}")))));

        Assert.All(starts, start =>
        {
            Assert.Equal(1, start.ExitCode);
            Assert.Contains("can't be served", Assert.Single(start.Errors), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", start.Output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("VirtFusion:BaseUrl and VirtFusion:ApiToken are missing, and the panel's settings have no virtfusion_api_url and " +
        "virtfusion_api_token.", "VirtFusion__BaseUrl", "VirtFusion__ApiToken")]
    [InlineData("VirtFusion:BaseUrl is missing, and the panel's settings have no virtfusion_api_url.", "VirtFusion__BaseUrl")]
    [InlineData("VirtFusion:ApiToken is missing, and the panel's settings have no virtfusion_api_token.", "VirtFusion__ApiToken")]
    public async Task Without_a_VirtFusion_it_names_the_settings_that_are_missing_and_no_others(string line, params string[] missing)
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync(panel.Environment([.. missing.Select(name => (name, ""))]));

        Assert.Equal((1, $"SkyPanel.Functions failed to start: {line}"), (exitCode, Assert.Single(errors)));
    }

    [Fact]
    public async Task The_panel_s_own_settings_name_VirtFusion_and_a_bad_one_is_refused()
    {
        await using var own = await OutsidePanel.CreateAsync();
        await own.Database.ExecuteAsync(
            "insert into public.settings (key, value) values ('virtfusion_api_url', 'http://panel.example'), ('virtfusion_api_token', " +
            "'topsecret')");
        var (exitCode, output, errors) =
            await AppProcess.RunAsync(own.Environment(("VirtFusion__BaseUrl", ""), ("VirtFusion__ApiToken", "")));
        Assert.Equal(1, exitCode);
        Assert.Contains("settings.virtfusion_api_url", Assert.Single(errors), StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", $"{output}{errors[0]}", StringComparison.Ordinal);

        await own.Database.ExecuteAsync("update public.settings set value = @url where key = 'virtfusion_api_url'",
            ("url", own.VirtFusion.BaseAddress.GetLeftPart(UriPartial.Authority)));
        await own.Database.ExecuteAsync("update public.settings set value = @token where key = 'virtfusion_api_token'",
            ("token", own.VirtFusion.ApiToken));
        await own.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        var app = await own.StartAppAsync(("VirtFusion__BaseUrl", ""), ("VirtFusion__ApiToken", ""));
        Assert.True((await app.PostAsync(OutsidePanel.Trigger)).Body["success"]!.GetValue<bool>());
        Assert.NotEmpty(own.VirtFusion.Credits);
    }

    [Fact]
    public async Task Two_processes_that_start_at_once_on_an_empty_database_both_come_up()
    {
        var name = $"empty_{Guid.NewGuid():N}";
        await TestServer.ExecuteAsync($"create database {name}");
        try
        {
            var environment = panel.Environment(("ConnectionStrings__SkyPanel",
                $"{TestServer.ConnectionString(name)};Maximum Pool Size=10"), ("Panel__CreateTables", "true"));
            var apps = await Task.WhenAll(AppProcess.StartAsync(environment), AppProcess.StartAsync(environment),
                AppProcess.StartAsync(environment));
            foreach (var app in apps)
            {
                Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
                await app.DisposeAsync();
            }
        }
        finally
        {
            await TestServer.ExecuteAsync($"drop database {name} with (force)");
        }
    }

    [Fact]
    public async Task Without_an_admin_key_it_makes_one_prints_it_and_takes_it()
    {
        await using var app = await AppProcess.StartAsync(panel.Environment(("Admin__BootstrapKey", "")));
        const string words = "Admin key (x-api-key): ";
        var line = app.Output.Split('\n').Single(l => l.Contains(words, StringComparison.Ordinal));
        app.Http.DefaultRequestHeaders.Remove("x-api-key");
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync(OutsidePanel.Status)).Status);
        app.Http.DefaultRequestHeaders.Add("x-api-key", line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Trim());
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
    }
}
