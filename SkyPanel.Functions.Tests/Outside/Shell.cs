using System.Diagnostics;
using System.Text;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>One bash for a whole page: what a block sets, the next one has. The first command that fails ends it.</summary>
public sealed class Shell : IAsyncDisposable
{
    private const string EndOfBlock = "--- the end of the block ---";
    private static readonly TimeSpan BlockWithin = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("skypanel-page-").FullName;
    private readonly Process _bash;

    public Shell(IEnumerable<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo("bash", ["--noprofile", "--norc"]) { RedirectStandardInput = true, RedirectStandardOutput = true,
            WorkingDirectory = _folder };
        start.Environment["no_proxy"] = "127.0.0.1"; // A machine's proxy can't reach us.
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        _bash = Process.Start(start)!;
        _bash.StandardInput.WriteLine("exec 2>&1; set -euo pipefail");
    }

    /// <returns>What the block printed.</returns>
    /// <exception cref="InvalidOperationException">A command of it failed, or it took longer than two minutes.</exception>
    public async Task<string> RunAsync(string block)
    {
        var file = Path.Combine(_folder, "block.sh");
        await File.WriteAllTextAsync(file, block, TestContext.Current.CancellationToken);
        await _bash.StandardInput.WriteLineAsync($". {file} </dev/null; printf '\\n%s\\n' '{EndOfBlock}'");
        await _bash.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        var printed = new StringBuilder();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(BlockWithin);
        try
        {
            while (await _bash.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (line == EndOfBlock)
                    return printed.ToString().TrimEnd();
                printed.AppendLine(line);
            }
        }
        catch (OperationCanceledException e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"It took longer than {BlockWithin}, and had printed:\n{printed}", e);
        }
        throw new InvalidOperationException($"A command failed, and bash printed:\n{printed}");
    }

    public async ValueTask DisposeAsync()
    {
        _bash.Kill(entireProcessTree: true);
        await _bash.WaitForExitAsync(CancellationToken.None);
        _bash.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
