using System.ComponentModel;
using System.Diagnostics;

namespace SkyPanel.Demo.Postgres;

/// <summary>Runs a command-line tool to its end.</summary>
internal static class Tool
{
    /// <returns>The exit code and the output, standard error last; null when the program doesn't exist.</returns>
    public static async Task<(int ExitCode, string Output)?> RunAsync(IEnumerable<string> command, CancellationToken ct,
        string? folder = null)
    {
        if (Start(command, capture: true, folder) is not { } process)
            return null;

        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(ct);
                var errors = process.StandardError.ReadToEndAsync(ct);
                await process.WaitForExitAsync(ct);
                return (process.ExitCode, $"{await output}{await errors}".Trim());
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }

    /// <summary>Like <see cref="RunAsync"/>, for a tool that starts a server: the server would inherit the pipe and keep it
    /// open.</summary>
    public static async Task<int> RunUncapturedAsync(IEnumerable<string> command, CancellationToken ct)
    {
        using var process = Start(command, capture: false, folder: null)
            ?? throw new EmbeddedPostgresException($"Cannot run {command.First()}.");
        await process.WaitForExitAsync(ct);
        return process.ExitCode;
    }

    private static Process? Start(IEnumerable<string> command, bool capture, string? folder)
    {
        var start = new ProcessStartInfo(command.First(), command.Skip(1))
        {
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
            WorkingDirectory = folder ?? "",
        };
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception) // The program doesn't exist.
        {
            return null;
        }
    }
}
