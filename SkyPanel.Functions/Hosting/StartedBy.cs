namespace SkyPanel.Functions.Hosting;

/// <summary>Tells which host started this process.</summary>
public static class StartedBy
{
    // The last one is set by Azure alone: there, a worker without its host has to fail, not to serve by itself.
    private static readonly string[] Variables = ["FUNCTIONS_APPLICATION_DIRECTORY", "WEBSITE_INSTANCE_ID"];
    private static readonly string[] Arguments = ["--functions-uri", "--host"];

    /// <summary>Returns whether a Functions host started it; a host that specializes a placeholder passes no arguments.</summary>
    /// <param name="args">The command line.</param>
    public static bool FunctionsHost(string[] args) =>
        args.Any(argument => Arguments.Any(name => argument == name || argument.StartsWith($"{name}=", StringComparison.Ordinal)))
        || AppContext.GetData("AZURE_FUNCTIONS_NATIVE_HOST") is not null
        || Variables.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
}
