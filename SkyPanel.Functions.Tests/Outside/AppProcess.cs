using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>The app as its users run it: a process of its own, told by environment variables, asked over HTTP, stopped by
/// signals.</summary>
public sealed partial class AppProcess : IAsyncDisposable
{
    public const string AdminKey = "an-admin-key-of-more-than-32-characters";

    // A test run in the background of a shell hands on that Ctrl-C is ignored; the app is to hear it as in a terminal.
    private static readonly string[] Command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];

    private const int Sigint = 2, Sigkill = 9, Sigterm = 15;
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new(), _errors = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AppProcess(IEnumerable<(string Name, string Value)> settings, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Command[0], [.. Command.Skip(1), Path.Combine(AppContext.BaseDirectory, "SkyPanel.Functions.dll"),
            .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        // It lives for seconds: compiling its methods a second time, better, would cost a quarter of its processor time.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "600000";
        // A killed process would leave its pipes for debuggers in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = new() { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data, _output);
        _process.ErrorDataReceived += (_, line) => Read(line.Data, _errors);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Sends the admin key with each request.</summary>
    public HttpClient Http { get; private set; } = null!;

    public string Output => string.Join('\n', _output);

    /// <summary>The lines on standard error.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>Starts it and waits until it can work.</summary>
    public static async Task<AppProcess> StartAsync(IEnumerable<(string Name, string Value)> settings)
    {
        var app = new AppProcess(settings);
        try
        {
            await app.ReadyAsync().WaitAsync(StartsWithin, TestContext.Current.CancellationToken);
            return app;
        }
        catch (Exception e)
        {
            await app.DisposeAsync();
            throw new InvalidOperationException($"The app did not get ready: {e.Message}\n{app.Output}\n{string.Join('\n', app._errors)}",
                e);
        }
    }

    /// <summary>Starts it and waits for nothing.</summary>
    /// <param name="arguments">The command line: a Functions host passes one.</param>
    public static AppProcess Launch(IEnumerable<(string Name, string Value)> settings, params IEnumerable<string> arguments) =>
        new(settings, arguments);

    /// <summary>Starts it where it must refuse to, and waits for its end.</summary>
    /// <returns>Its exit code and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output, IReadOnlyList<string> Errors)> RunAsync(
        IEnumerable<(string Name, string Value)> settings)
    {
        await using var app = new AppProcess(settings);
        return (await app.ExitAsync(), app.Output, app.Errors);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        Signal(Sigkill);
        await ExitAsync();
    }

    /// <summary>Asks it to end, as a service manager does; see <see cref="ExitAsync"/>.</summary>
    public void Terminate() => Signal(Sigterm);

    /// <summary>Asks it to end, as Ctrl-C does.</summary>
    public void Interrupt() => Signal(Sigint);

    /// <summary>Stops it, and on Linux waits until each of its threads has stopped: the signal reaches one, and on a busy machine the
    /// others run on until that one is scheduled.</summary>
    public async Task FreezeAsync()
    {
        Signal(OperatingSystem.IsMacOS() ? 17 : 19);
        var since = TimeProvider.System.GetTimestamp();
        while (OperatingSystem.IsLinux() && !IsFrozen())
        {
            if (TimeProvider.System.GetElapsedTime(since) > EndsWithin)
                throw new TimeoutException($"Process {_process.Id} did not stop.");
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public void Continue() => Signal(OperatingSystem.IsMacOS() ? 19 : 18);

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(EndsWithin, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has written a line that contains the text.</summary>
    public async Task SaysAsync(string text)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!_output.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            if (TimeProvider.System.GetElapsedTime(since) > EndsWithin)
                throw new TimeoutException($"It never said '{text}':\n{Output}");
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    private async Task ReadyAsync()
    {
        var exit = _process.WaitForExitAsync();
        if (await Task.WhenAny(_address.Task, exit) == exit)
            throw new InvalidOperationException($"It ended with {_process.ExitCode}.");
        Http = new() { BaseAddress = await _address.Task, Timeout = TimeSpan.FromMinutes(3) };
        Http.DefaultRequestHeaders.Add("x-api-key", AdminKey);
        using var ready = await Http.GetAsync("/api/health/ready");
        ready.EnsureSuccessStatusCode();
    }

    private void Read(string? line, ConcurrentQueue<string> lines)
    {
        if (line is null)
            return;
        lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            _address.TrySetResult(new(match.Groups[1].Value));
    }

    private bool IsFrozen()
    {
        try
        {
            return Directory.GetDirectories($"/proc/{_process.Id}/task").Select(thread => File.ReadAllText(Path.Combine(thread, "stat")))
                .All(stat => stat[stat.LastIndexOf(')') + 2] == 'T');
        }
        catch (IOException) // A thread ended meanwhile.
        {
            return false;
        }
    }

    private void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach process {_process.Id}.");
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Listening();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
