using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Demo;

public sealed class DemoStartTests
{
    [Fact]
    public async Task Without_a_PostgreSQL_or_its_folder_it_ends_with_one_line()
    {
        await using var demo = new DemoFolder();
        var (exitCode, _, errors) = await AppProcess.RunAsync([.. demo.Settings, ("SKYPANEL_POSTGRES", "neither")]);
        Assert.Equal((1, "SkyPanel.Functions failed to start: SKYPANEL_POSTGRES=neither must be installed or embedded."),
            (exitCode, Assert.Single(errors)));

        var folder = Directory.CreateTempSubdirectory("skypanel-").FullName;
        var key = Directory.CreateDirectory(Path.Combine(folder, "admin-key"));
        (exitCode, _, errors) = await AppProcess.RunAsync([("Demo__Folder", folder)]);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"SkyPanel.Functions failed to start: The file '{key.FullName}'", Assert.Single(errors),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Starting PostgreSQL")]
    [InlineData("PostgreSQL 1")]
    [InlineData("A simulated VirtFusion on")]
    public async Task Ctrl_C_during_the_start_is_an_orderly_stop_that_leaves_no_PostgreSQL(string line)
    {
        await using var demo = new DemoFolder();
        await using var app = AppProcess.Launch(demo.Settings);
        await app.SaysAsync(line);
        app.Interrupt();

        Assert.Equal(0, await app.ExitAsync());
        Assert.Empty(app.Errors);
        Assert.False(demo.HasServer);
    }

    [Fact]
    public async Task It_bills_on_an_address_that_nobody_can_ask_and_takes_its_PostgreSQL_along_when_it_stops()
    {
        await using var demo = new DemoFolder();
        await using var app = AppProcess.Launch([.. demo.Settings, ("ASPNETCORE_URLS", "http://0.0.0.0:0")]);
        await app.SaysAsync("Serving http://localhost:");
        Assert.Contains("tokens taken", app.Output, StringComparison.Ordinal);
        Assert.True(demo.HasServer);
        app.Interrupt();

        Assert.Equal(0, await app.ExitAsync());
        Assert.False(demo.HasServer);
    }
}
