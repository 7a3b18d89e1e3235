using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Settings;

/// <summary>Reads the command line before anything starts: help, version and settings. Every other argument is refused.</summary>
/// <remarks>Not used under a Functions host, which passes its own arguments.</remarks>
public static partial class CommandLine
{
    private const string Help = """
        SkyPanel.Functions: hourly billing for SkyPANEL on VirtFusion.

        SkyPanel.Functions                     serves the API and bills on schedule, until Ctrl-C
        SkyPanel.Functions restore <backup>    loads a backup into an empty database
        SkyPanel.Functions --help              prints this
        SkyPanel.Functions --version           prints the version

        Settings come from environment variables such as Billing__MaxCatchUp=1.00:00:00, or from the
        command line: --Billing:MaxCatchUp=1.00:00:00. docs/settings.md lists them.
        """;

    /// <returns>The exit code and the text to print; null when the app is to start.</returns>
    public static (int ExitCode, string Text)? Read(IReadOnlyList<string> args)
    {
        if (args is ["--help" or "-h" or "help", ..])
            return (0, Help);
        if (args is ["--version"])
            return (0, typeof(CommandLine).Assembly.GetName().Version!.ToString(3));
        for (var index = 0; index < args.Count; index++)
        {
            var arg = args[index];
            if (!Setting().IsMatch(arg))
                return (2, $"'{(arg.Length > 40 ? arg[..40] : arg)}' is neither a command nor a setting: "
                    + "restore, --help, --version and settings such as --Billing:MaxCatchUp=1.00:00:00 are allowed.");
            // Its value is the next argument.
            if (!arg.Contains('=', StringComparison.Ordinal))
                index++;
        }
        return null;
    }

    // --Section:Name=value, --Section:Name value, Section:Name=value; or the name of an environment variable such as ASPNETCORE_URLS.
    [GeneratedRegex("^(--([A-Za-z]+(:[A-Za-z0-9_]+)+|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+)(=|$)|[A-Za-z]+(:[A-Za-z0-9_]+)+=)")]
    private static partial Regex Setting();
}
