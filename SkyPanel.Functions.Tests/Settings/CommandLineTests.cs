using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Tests.Settings;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("foo")]
    [InlineData("--foo")]
    [InlineData("--dry-run")]
    [InlineData("--billing")]
    [InlineData("-x")]
    [InlineData("Restore")]
    [InlineData("--Billing:Currency=EUR", "foo")]
    public void An_unknown_word_starts_nothing_and_is_named(params string[] args)
    {
        var (exitCode, text) = CommandLine.Read(args)!.Value;
        Assert.Equal(2, exitCode);
        Assert.StartsWith($"'{args[^1]}' is neither", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData("--version")]
    public async Task Help_and_version_are_printed_and_start_nothing(string arg)
    {
        Assert.Equal(0, CommandLine.Read([arg])!.Value.ExitCode);
        Assert.Equal(0, await Startup.RunAsync([arg], _ => throw new InvalidOperationException("It started.")));
        Assert.Equal(2, await Startup.RunAsync(["foo"], _ => throw new InvalidOperationException("It started.")));
    }

    [Theory]
    [InlineData]
    [InlineData("--Billing:Currency=EUR")]
    [InlineData("--Billing:Currency", "EUR")]
    [InlineData("Billing:Currency=EUR")]
    [InlineData("--ASPNETCORE_URLS=http://localhost:7072")]
    public void Settings_are_taken(params string[] args) => Assert.Null(CommandLine.Read(args));
}
