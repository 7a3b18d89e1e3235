using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Demo;

public sealed class DemoStartTests
{
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
