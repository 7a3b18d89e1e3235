using System.Collections.Concurrent;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Does random actions at random times. The seed determines the actions and their times, but not their results.</summary>
internal sealed partial class ChaosDriver : IDisposable
{
    public const string Credit = "selfService/credit/";
    private const string ClockFault = "clock moved (restarted under libfaketime)";
    private const double MeanGapSeconds = 1.2;

    // Longer than a lease and the claim of a debit.
    private static readonly TimeSpan FrozenAtLeast = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan TopUpAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(45);
    private static readonly decimal[] Prices = [2.5m, 5, 9.99m, 10, 20, 50, 120, 500, 1234.5678m];
    private static readonly int[] BasisHours = [730, 730, 730, 720, 744, 672, 20, 8];

    private readonly ChaosPanel _panel;
    private readonly Random _random;
    private readonly (string Name, int Weight, Func<bool> Act)[] _actions;
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly SemaphoreSlim _deciding = new(1);
    private readonly ConcurrentBag<RequestGate> _gates = [];
    private readonly CancellationTokenSource _over = new();
    private string _action = "";
    private int _lastServer;
    private bool _isPostgresAway, _isVirtFusionAway, _isRestarting;

#pragma warning disable CA5394 // The random numbers must follow from the seed, and nothing here is a secret.
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
            ("operator decides what is held", 16, Decide),
            ("operator corrects or restores charged hours and asks for a refund", 14, Correct),
            ("panel's engine bills again, and an admin takes over again", 3, TakeOverAgain),
            ("wallet topped up by support", 5, TopUp),
            ("wallet emptied", 8, Drain),
            ("customer pays by PayPal", 12, Pay),
            ("PayPal gives a part back", 3, GiveBack),
            ("operator suspends or resumes a customer", 5, ActByHand),
            ("PayPal reset before it acted", 2, () => SpoilPayPal(Fault.Reset())),
            ("PayPal reset after it acted", 3, () => SpoilPayPal(Fault.Reset().AfterActing())),
            ("PayPal 500 after it acted", 2, () => SpoilPayPal(Fault.Answer(500).AfterActing())),
            ("suspension: reset before it acted", 2, () => Spoil("servers/", Fault.Reset())),
            ("suspension: reset after it acted", 3, () => Spoil("servers/", Fault.Reset().AfterActing())),
            ("suspension: 423", 3, () => Spoil("servers/", Fault.Answer(423, """{"msg":"locked"}"""))),
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
            // Less than Wallet:InDoubtWait, since resolving a lost answer relies on VirtFusion having finished by then.
            ("VirtFusion slow before it acts", 3, () => Spoil(Credit, Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(50, 400))))),
            ("VirtFusion slow after it acted", 3, () => Spoil(Credit, Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(500, 9000)))
                .AfterActing())),
            ("VirtFusion slow to read", 3, () => Spoil("", Fault.Slow(TimeSpan.FromMilliseconds(_random.Next(100, 4000))), "GET")),
            ("VirtFusion 429", 3, () => Spoil(_random.Next(2) == 0 ? Credit : "", Fault.TooManyRequests(_random.Next(2) == 0 ? "1" : null),
                "*")),
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

    /// <summary>The number of times that each action was done; for faults of VirtFusion, the number of affected requests.</summary>
    public ConcurrentDictionary<string, int> Counts { get; } = new();

    /// <summary>The names of all actions, in the order of the table.</summary>
    public IEnumerable<string> Actions => _actions.Select(action => action.Name);

    public ConcurrentDictionary<string, int> Answers { get; } = new();
    public ConcurrentDictionary<string, int> Decisions { get; } = new();
    public List<ChaosServer> Servers { get; } = [];
    public ConcurrentDictionary<int, decimal> TopUps { get; } = new();

    /// <summary>Failures of the driver's own actions, such as a process that didn't end or a server that didn't start.</summary>
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
            await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) * MeanGapSeconds), TimeProvider.System,
                TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Ends all faults: everything that was cut, stopped or frozen works again.</summary>
    public async Task StopAsync()
    {
        await _over.CancelAsync();
        _panel.VirtFusion.Faults.Clear();
        _panel.PayPal.Faults.Clear();
        foreach (var gate in _gates)
            gate.Open();
        await Task.WhenAll(_underWay.Keys);
        await _panel.ToPostgres.RestoreAsync();
        await _panel.ToVirtFusion.RestoreAsync();
        foreach (var app in _panel.Apps.Where(app => app.Process is null))
            await _panel.StartAsync(app);
    }

    public void Dispose()
    {
        _deciding.Dispose();
        _over.Dispose();
    }

    // Counted per affected request, since few orders are sent and some faults affect none.
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
        var gate = new RequestGate();
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
}
