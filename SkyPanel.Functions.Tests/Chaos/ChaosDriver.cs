using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.LocalWorker.Simulators;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Does random things at random moments. What is done, and when, comes from the seed; what comes of it does not.</summary>
internal sealed class ChaosDriver : IDisposable
{
    public const string Credit = "selfService/credit/";
    private const string ClockFault = "clock moved (restarted under libfaketime)";
    private const double MeanGapSeconds = 1.2;

    // Longer than the lease and the claim.
    private static readonly TimeSpan FrozenAtLeast = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan TopUpAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(45);
    private static readonly decimal[] Prices = [2.5m, 5, 9.99m, 10, 20, 50, 120, 500, 1234.5678m];
    private static readonly int[] BasisHours = [730, 730, 730, 720, 744, 672];

    private readonly ChaosPanel _panel;
    private readonly Random _random;
    private readonly (string Name, int Weight, Func<bool> Act)[] _actions;
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly SemaphoreSlim _deciding = new(1);
    private readonly ConcurrentBag<Gate> _gates = [];
    private readonly CancellationTokenSource _over = new();
    private string _action = "";
    private int _lastServer;
    private bool _isPostgresAway, _isVirtFusionAway, _isRestarting;

#pragma warning disable CA5394 // The same chaos from the same seed: nothing here guards anything.
    public ChaosDriver(ChaosPanel panel, int seed)
    {
        (_panel, _random) = (panel, new(seed));
        FakeTime = FindFakeTime();
        _actions =
        [
            ("server enrolled, 1 to 20 hours late", 30, () => Enrol(1, 20)),
            ("server enrolled, 26 to 40 hours late", 3, () => Enrol(26, 40)),
            ("server suspended, resumed, deleted, repriced or unenrolled", 8, ChangeServer),
            ("triggered by hand at all processes at once", 10, TriggerAll),
            ("operator decides what is held", 10, Decide),
            ("wallet topped up by support", 5, TopUp),
            ("SIGKILL", 5, Kill),
            ("SIGSTOP past the lease, SIGCONT", 4, Freeze),
            ("SIGTERM", 3, Terminate),
            (ClockFault, FakeTime is null ? 0 : 3, MoveClock),
            ("pg_terminate_backend", 6, TerminateBackends),
            ("PostgreSQL restarted, immediate", 2, () => RestartPostgres(true)),
            ("PostgreSQL restarted, fast", 1, () => RestartPostgres(false)),
            ("network to PostgreSQL dropped", 2, () => Do(() => _panel.ToPostgres.Drop())),
            ("network to PostgreSQL refused", 2, () => CutPostgres(isSilent: false)),
            ("network to PostgreSQL silent", 2, () => CutPostgres(isSilent: true)),
            ("network to VirtFusion dropped", 2, () => Do(() => _panel.ToVirtFusion.Drop())),
            ("network to VirtFusion refused", 2, () => CutVirtFusion(isSilent: false)),
            ("network to VirtFusion silent", 2, () => CutVirtFusion(isSilent: true)),
            // Less than Wallet:InDoubtWait: that VirtFusion is done by then is what the judgement of a lost answer rests on.
            ("VirtFusion slow before it acts", 3, () => Spoil(Credit, Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(50, 400))))),
            ("VirtFusion slow after it acted", 3, () => Spoil(Credit, Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(500, 9000))).AfterActing())),
            ("VirtFusion slow to read", 3, () => Spoil("", Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(100, 4000))), "GET")),
            ("VirtFusion 429", 3, () => Spoil(_random.Next(2) == 0 ? Credit : "", Fault.TooManyRequests(_random.Next(2) == 0 ? "1" : null), "*")),
            ("VirtFusion 401", 2, () => Spoil(_random.Next(2) == 0 ? Credit : "", Fault.Answer(401, "401 Unauthorized"), "*")),
            ("VirtFusion 422", 4, () => Spoil(Credit, Fault.Answer(422, """{"message":"The tokens can't be taken."}"""), "POST", times: 6)),
            ("VirtFusion reset after the wallet moved, and support topped it up", 4, () => LoseAnswerAndTopUp(Fault.Reset().AfterActing())),
            ("VirtFusion reset before it moved, and support topped it up", 4, () => LoseAnswerAndTopUp(Fault.Reset())),
            ("VirtFusion 500 before it acted", 3, () => Spoil(_random.Next(2) == 0 ? Credit : "", Fault.Answer(500, "<html>"), "*")),
            ("VirtFusion 500 after it acted", 3, () => Spoil(Credit, Fault.Answer(500, "<html>").AfterActing())),
            ("VirtFusion reset before the wallet moved", 4, () => Spoil(Credit, Fault.Reset())),
            ("VirtFusion reset after the wallet moved", 4, () => Spoil(Credit, Fault.Reset().AfterActing())),
            ("VirtFusion garbage", 3, () => Spoil("", Fault.Answer(200, """{"data":{"credit":{"tokens":"NaN"}}}"""), "GET")),
            ("VirtFusion 201 cut short", 3, () => Spoil(Credit, Fault.CutShort(201, """{"data":{"id":123456}}""").AfterActing())),
            ("VirtFusion empty 201, acted", 3, () => Spoil(Credit, Fault.Answer(201).AfterActing())),
            ("VirtFusion empty 201, not acted", 2, () => Spoil(Credit, Fault.Answer(201))),
            ("VirtFusion hangs, never acts", 2, () => Hang(Fault.Reset())),
            ("VirtFusion hangs after it acted", 2, () => Hang(Fault.Reset().AfterActing())),
        ];
        foreach (var action in _actions)
            Counts[action.Name] = 0;
    }

    /// <summary>The library that moves a process's clock; null where it is not installed.</summary>
    public string? FakeTime { get; }

    /// <summary>How often each was done; for VirtFusion's faults, how many requests they struck.</summary>
    public ConcurrentDictionary<string, int> Counts { get; } = new();

    /// <summary>What can be done, in the order of the table.</summary>
    public IEnumerable<string> Actions => _actions.Select(action => action.Name);

    public ConcurrentDictionary<string, int> Answers { get; } = new();
    public ConcurrentDictionary<string, int> Decisions { get; } = new();
    public List<ChaosServer> Servers { get; } = [];
    public ConcurrentDictionary<int, decimal> TopUps { get; } = new();

    /// <summary>What went wrong in the driver's hands and must not have: a process that didn't end, a server that didn't start.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    public static bool IsClock(string action) => action == ClockFault;

    public async Task RunAsync(TimeSpan duration)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(since) < duration)
        {
            var pick = _random.Next(_actions.Sum(action => action.Weight));
            var (name, _, act) = _actions.First(action => (pick -= action.Weight) < 0);
            _action = name;
            if (act())
                Count(name);
            await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) * MeanGapSeconds), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>No fault from now on: everything that was cut, stopped or frozen works again.</summary>
    public async Task StopAsync()
    {
        await _over.CancelAsync();
        _panel.VirtFusion.Faults.Clear();
        foreach (var gate in _gates)
            gate.Open();
        await Task.WhenAll(_underWay.Keys);
        await _panel.ToPostgres.RestoreAsync();
        await _panel.ToVirtFusion.RestoreAsync();
        foreach (var place in _panel.AppPlaces.Where(place => place.Process is null))
            await _panel.StartAsync(place);
    }

    /// <summary>Enrols a server that has run for a while, at VirtFusion first: nobody sees it half.</summary>
    public bool Enrol(int fewestHours, int mostHours)
    {
        var now = TimeProvider.System.GetUtcNow();
        var since = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, TimeSpan.Zero)
            .AddSeconds(-_random.Next(fewestHours * 3600, mostHours * 3600));
        var isNew = fewestHours < 20 && _random.Next(4) == 0; // Never billed: from its creation and the prepaid first hour on.
        var server = new ChaosServer(++_lastServer, 1 + _random.Next(ChaosPanel.Users), Prices[_random.Next(Prices.Length)], BasisHours[_random.Next(BasisHours.Length)],
            isNew ? since.AddHours(1) : since);
        _panel.VirtFusion.AddServer(server.Id, 100 + server.UserId, isNew ? since : since.AddHours(-_random.Next(1, 500)));
        Servers.Add(server);
        return Start(() => _panel.ExecuteAsync("""
            insert into public.virtfusion_hourly_billing
                (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, hours_in_month, last_billed_at, server_created_at)
            select @user, @server, @server, 1, 'Plan', @price, 0, @basis, @billed::timestamp, @created::timestamp
            where not exists (select from public.virtfusion_hourly_billing where server_id = @server)
            """, ("user", server.UserId), ("server", server.Id), ("price", server.Price), ("basis", server.BasisHours),
            ("billed", isNew ? null : Zoneless(since)), ("created", isNew ? Zoneless(since) : null)));
    }

    public void Dispose()
    {
        _deciding.Dispose();
        _over.Dispose();
    }

    private static DateTime Zoneless(DateTimeOffset instant) => DateTime.SpecifyKind(instant.UtcDateTime, DateTimeKind.Unspecified);

    private bool ChangeServer()
    {
        var (pick, what) = (_random.Next(int.MaxValue), _random.Next(5));
        var candidates = Servers.Where(server => !server.IsDeleted && server.Id > 1).ToList();
        if (candidates.Count == 0)
            return false;
        var server = candidates[pick % candidates.Count];
        server.IsChanged = true;
        switch (what)
        {
            case 0 or 1 when server.IsSuspended:
                _panel.VirtFusion.Unsuspend(server.Id);
                server.IsSuspended = false;
                return true;
            case 0 or 1:
                _panel.VirtFusion.Suspend(server.Id);
                return server.IsSuspended = true;
            case 2:
                _panel.VirtFusion.Delete(server.Id);
                return server.IsDeleted = true;
            case 3:
                var price = Prices[pick % Prices.Length];
                server.HighestPrice = Math.Max(server.HighestPrice, price);
                return Start(() => _panel.ExecuteAsync("update public.virtfusion_hourly_billing set monthly_price = @price where server_id = @server", ("price", price), ("server", server.Id)));
            default:
                server.IsDeleted = true;
                return Start(() => _panel.ExecuteAsync("delete from public.virtfusion_hourly_billing where server_id = @server", ("server", server.Id)));
        }
    }

    private bool TopUp() => TopUp(1 + _random.Next(ChaosPanel.Users), 5_000_000 + _random.Next(1_000_000));

    // More than any debit takes: two movements of a wallet that cancel each other can't be told from none.
    private bool TopUp(int user, int tokens)
    {
        _panel.VirtFusion.ShiftWallet(user, tokens);
        TopUps.AddOrUpdate(user, tokens, (_, before) => before + tokens);
        return true;
    }

    // The balance proves nothing then: a person must decide.
    private bool LoseAnswerAndTopUp(Fault fault)
    {
        var tokens = 5_000_000 + _random.Next(1_000_000);
        return Spoil(Credit, fault, "POST", times: 1, () => Start(async () =>
        {
            await Task.Delay(TopUpAfter, TimeProvider.System, CancellationToken.None);
            if (_panel.VirtFusion.Requests.Received.LastOrDefault(request => request.PathAndQuery.StartsWith(Credit, StringComparison.Ordinal)) is { } order)
                TopUp(int.Parse(order.PathAndQuery.Split('/')[^1], CultureInfo.InvariantCulture), tokens);
        }));
    }

    private bool TriggerAll() => Do(() =>
    {
        foreach (var place in _panel.AppPlaces)
        {
            if (place.Process is { } process)
                Start(async () => Answers.AddOrUpdate(await AskAsync(process), 1, (_, n) => n + 1));
        }
    });

    private static async Task<string> AskAsync(AppProcess process)
    {
        try
        {
            using var limit = new CancellationTokenSource(AnswerWithin);
            using var answer = await process.Http.PostAsync(OutsidePanel.Trigger, null, limit.Token);
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return "connection lost";
        }
        catch (OperationCanceledException)
        {
            return "no answer in time";
        }
    }

    /// <summary>Decides truthfully: the simulator knows whether a wallet moved. One operator at a time, who waits for the answer.</summary>
    private bool Decide()
    {
        var (at, coin) = (_random.Next(_panel.AppPlaces.Count), _random.Next(2) == 0);
        return Start(async () =>
        {
            await _deciding.WaitAsync();
            try
            {
                if (_panel.AppPlaces[at].Process is { } process)
                    await DecideAsync(process, coin);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
            {
                Decisions.AddOrUpdate("no answer", 1, (_, n) => n + 1);
            }
            finally
            {
                _deciding.Release();
            }
        });
    }

    private async Task DecideAsync(AppProcess process, bool coin)
    {
        var (status, body) = await process.GetAsync("/api/admin/billing/holds");
        if (status != HttpStatusCode.OK)
            return;
        foreach (var hold in body["holds"]!.AsArray())
            await ActAsync(hold!["id"]!.GetValue<long>(), coin ? "approve" : "reject", "tossed a coin");
        foreach (var debit in body["debits"]!.AsArray().Where(debit => debit!["state"]!.GetValue<string>() == "held"))
        {
            var id = debit!["id"]!.GetValue<long>();
            var wasTaken = _panel.VirtFusion.Credits.Any(credit => credit.Reference1 == id);
            _panel.Say($"operator: debit {id} was {(wasTaken ? "" : "not ")}taken: {debit["message"]}");
            await ActAsync(id, wasTaken ? "settle" : coin ? "resend" : "void", "VirtFusion's list of credits says so");
        }

        async Task ActAsync(long id, string act, string reason)
        {
            var (answer, _) = await process.PostAsync($"/api/admin/billing/holds/{id}/{act}", new { reason });
            Decisions.AddOrUpdate($"{act}: {(int)answer}", 1, (_, n) => n + 1);
        }
    }

    private bool Kill() => WithApp(KillAsync);

    private async Task KillAsync(ChaosApp place)
    {
        try
        {
            await place.Process!.KillAsync();
        }
        finally
        {
            await _panel.LeaveAsync(place);
        }
    }

    private bool Terminate() => WithApp(async place =>
    {
        place.Process!.Terminate();
        await EndAsync(place);
    });

    private bool Freeze()
    {
        var forLong = FrozenAtLeast + TimeSpan.FromMilliseconds(_random.Next(4000));
        return WithApp(async place =>
        {
            place.Process!.Freeze();
            await Task.Delay(forLong, TimeProvider.System, CancellationToken.None);
            place.Process!.Continue();
        });
    }

    private bool MoveClock()
    {
        var seconds = _random.Next(2) == 0 ? _random.Next(20, 4000) : -_random.Next(20, 4000);
        // .NET waits by the monotonic clock, which goes on as ever; libfaketime's "fix" of such waits would end them all at once.
        return WithApp(KillAsync, ("LD_PRELOAD", FakeTime!), ("FAKETIME", string.Create(CultureInfo.InvariantCulture, $"{seconds:+0;-0}s")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"));
    }

    private bool WithApp(Func<ChaosApp, Task> act, params (string Name, string Value)[] settings)
    {
        var pick = _random.Next(int.MaxValue);
        var candidates = _panel.AppPlaces.Where(place => !place.IsBusy && place.Process is not null).ToList();
        if (candidates.Count == 0)
            return false;
        var place = candidates[pick % candidates.Count];
        place.IsBusy = true;
        _panel.Say($"app {place.Number}:");
        return Start(async () =>
        {
            try
            {
                await act(place);
                if (place.Process is null)
                    await _panel.StartAsync(place, settings);
            }
            finally
            {
                place.IsBusy = false;
            }
        });
    }

    private async Task EndAsync(ChaosApp place)
    {
        try
        {
            await place.Process!.ExitAsync();
        }
        catch (TimeoutException)
        {
            Failures.Enqueue($"App {place.Number} did not end within a minute of SIGTERM.");
        }
        await _panel.LeaveAsync(place);
    }

    private bool TerminateBackends()
    {
        var most = _random.Next(1, 20);
        return Start(() => _panel.ExecuteAsync("""
            select pg_terminate_backend(pid) from (
                select pid from pg_stat_activity where datname = current_database() and application_name = 'SkyPanel.Functions' order by random() limit @most) as victims
            """, ("most", most)));
    }

    private bool RestartPostgres(bool immediate)
    {
        if (_isRestarting)
            return false;
        _isRestarting = true;
        return Start(async () =>
        {
            await _panel.RestartPostgresAsync(immediate);
            _isRestarting = false;
        });
    }

    private bool CutPostgres(bool isSilent) => !_isPostgresAway && (_isPostgresAway = Cut(_panel.ToPostgres, isSilent, () => _isPostgresAway = false));

    private bool CutVirtFusion(bool isSilent) => !_isVirtFusionAway && (_isVirtFusionAway = Cut(_panel.ToVirtFusion, isSilent, () => _isVirtFusionAway = false));

    private bool Cut(TcpForwarder network, bool isSilent, Action restored)
    {
        var forLong = TimeSpan.FromMilliseconds(_random.Next(300, 8000));
        if (isSilent)
            network.Silence();
        else
            network.Refuse();
        return Start(async () =>
        {
            await Task.Delay(forLong, TimeProvider.System, CancellationToken.None);
            await network.RestoreAsync();
            restored();
        });
    }

    // Counted when it strikes: few orders are sent, and some of the faults wait for the end in vain.
    private bool Spoil(string path, Fault fault, string method = "POST") => Spoil(path, fault, method, _random.Next(1, 4));

    private bool Spoil(string path, Fault fault, string method, int times, Action? also = null)
    {
        var name = _action;
        _panel.VirtFusion.Faults.Add(method, path, fault, times, struck: () =>
        {
            Count(name);
            also?.Invoke();
        });
        return false;
    }

    private bool Hang(Fault fault)
    {
        var forLong = TimeSpan.FromMilliseconds(_random.Next(3000, 20000));
        var gate = new Gate();
        _gates.Add(gate);
        Start(async () =>
        {
            await Task.Delay(forLong, TimeProvider.System, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            gate.Open();
        });
        return Spoil(Credit, fault.Behind(gate), "POST", times: 1);
    }

    private void Count(string name)
    {
        Counts.AddOrUpdate(name, 1, (_, n) => n + 1);
        _panel.Say($"*** {name}");
    }

    private static bool Do(Action act)
    {
        act();
        return true;
    }

    private bool Start(Func<Task> act)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await act();
            }
            catch (Exception e)
            {
                Failures.Enqueue(e.ToString());
            }
        });
        _underWay[task] = true;
        _ = task.ContinueWith(done => _underWay.TryRemove(done, out _), TaskScheduler.Default);
        return true;
    }
#pragma warning restore CA5394

    private static string? FindFakeTime()
    {
        if (Environment.GetEnvironmentVariable("SKYPANEL_LIBFAKETIME") is { Length: > 0 } given)
            return given;
        string[] names = ["libfaketimeMT.so.1", "libfaketime.so.1"];
        var folders = Directory.Exists("/usr/lib") ? Directory.GetDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }) : [];
        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
