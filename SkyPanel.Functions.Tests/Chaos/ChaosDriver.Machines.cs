using System.Globalization;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Failures of processes, networks and the database.</summary>
internal sealed partial class ChaosDriver
{
#pragma warning disable CA5394 // The random numbers must follow from the seed.
    private bool Kill() => WithApp(KillAsync);

    private async Task KillAsync(ChaosApp app)
    {
        try
        {
            await app.Process!.KillAsync();
        }
        finally
        {
            await _panel.RemoveAsync(app);
        }
    }

    private bool Terminate() => WithApp(async app =>
    {
        app.Process!.Terminate();
        await EndAsync(app);
    });

    private bool Freeze()
    {
        var forLong = FrozenAtLeast + TimeSpan.FromMilliseconds(_random.Next(4000));
        return WithApp(async app =>
        {
            await app.Process!.FreezeAsync();
            await Task.Delay(forLong, TimeProvider.System, CancellationToken.None);
            app.Process!.Continue();
        });
    }

    private bool MoveClock()
    {
        var seconds = _random.Next(2) == 0 ? _random.Next(20, 4000) : -_random.Next(20, 4000);
        // .NET waits by the monotonic clock, which must not move: otherwise libfaketime would end all waits at once.
        return WithApp(KillAsync, ("LD_PRELOAD", FakeTime!), ("FAKETIME", string.Create(CultureInfo.InvariantCulture, $"{seconds:+0;-0}s")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"));
    }

    private bool WithApp(Func<ChaosApp, Task> act, params (string Name, string Value)[] settings)
    {
        var pick = _random.Next(int.MaxValue);
        var candidates = _panel.Apps.Where(app => !app.IsBusy && app.Process is not null).ToList();
        if (candidates.Count == 0)
            return false;
        var app = candidates[pick % candidates.Count];
        app.IsBusy = true;
        _panel.Say($"app {app.Number}:");
        return Start(async () =>
        {
            try
            {
                await act(app);
                if (app.Process is null)
                    await _panel.StartAsync(app, settings);
            }
            finally
            {
                app.IsBusy = false;
            }
        });
    }

    private async Task EndAsync(ChaosApp app)
    {
        try
        {
            await app.Process!.ExitAsync();
        }
        catch (TimeoutException)
        {
            Failures.Enqueue($"App {app.Number} did not end within a minute of SIGTERM.");
        }
        await _panel.RemoveAsync(app);
    }

    private bool TerminateBackends()
    {
        var most = _random.Next(1, 20);
        return Start(() => _panel.ExecuteAsync("""
            select pg_terminate_backend(pid) from (
                select pid from pg_stat_activity where datname = current_database() and application_name = 'SkyPanel.Functions'
                    order by random() limit @most) as victims
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

    private bool CutPostgres(bool isSilent) =>
        !_isPostgresAway && (_isPostgresAway = Cut(_panel.ToPostgres, isSilent, () => _isPostgresAway = false));

    private bool CutVirtFusion(bool isSilent) =>
        !_isVirtFusionAway && (_isVirtFusionAway = Cut(_panel.ToVirtFusion, isSilent, () => _isVirtFusionAway = false));

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

    private static string? FindFakeTime()
    {
        if (Environment.GetEnvironmentVariable("SKYPANEL_LIBFAKETIME") is { Length: > 0 } given)
            return given;
        string[] names = ["libfaketimeMT.so.1", "libfaketime.so.1"];
        var folders = Directory.Exists("/usr/lib") ? Directory.GetDirectories("/usr/lib", "faketime",
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }) : [];
        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
#pragma warning restore CA5394
}
