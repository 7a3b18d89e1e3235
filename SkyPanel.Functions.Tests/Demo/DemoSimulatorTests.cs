using System.Net;
using SkyPanel.Demo;

namespace SkyPanel.Functions.Tests.Demo;

public sealed class DemoSimulatorTests
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task When_the_process_that_serves_it_ends_another_goes_on_with_it_at_the_same_address()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("skypanel-").FullName;
        var snapshot = Path.Combine(folder, "virtfusion.json");
        var first = await DemoSimulator.StartAsync(snapshot, ct);
        first.Own!.AddUser(5, 105, 1_000);
        await using (var second = await DemoSimulator.StartAsync(snapshot, ct))
        {
            Assert.Equal((first.BaseUrl, first.ApiToken), (second.BaseUrl, second.ApiToken));
            Assert.Null(second.Own);
            await first.DisposeAsync();
            while (second.Own is null)
                await Task.Delay(LookEvery, TimeProvider.System, ct);

            Assert.Equal(1_000, second.Own.Wallet(5));
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            http.DefaultRequestHeaders.Authorization = new("Bearer", second.ApiToken);
            using var answer = await http.GetAsync($"{second.BaseUrl}/servers?type=simple&results=1", ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("http://0.0.0.0:7071", "http://localhost:7071")]
    [InlineData("http://[::]:7071", "http://localhost:7071")]
    [InlineData("http://+:80", "http://localhost:80")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000")]
    public void An_address_that_is_listened_on_becomes_one_that_can_be_asked(string listening, string asked) =>
        Assert.Equal(asked, DemoAddress.Reachable(listening));
}
