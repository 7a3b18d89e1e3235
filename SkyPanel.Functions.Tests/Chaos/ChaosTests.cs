using System.Globalization;
using System.Net;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Alone on the machine: a VirtFusion that is starved of processor time acts later than the judgement of lost answers
/// allows.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>Several real processes, one PostgreSQL, one VirtFusion, and everything between them that can go wrong, at random.</summary>
/// <remarks><c>SKYPANEL_CHAOS_SEED</c> and <c>SKYPANEL_CHAOS_DURATION</c> (hh:mm:ss) say which chaos and how much of it; without them
/// it is a short one. The table that it prints is also in <c>.local/chaos-(seed).txt</c>, what the processes wrote in
/// <c>.local/chaos-(seed).log</c>.</remarks>
[Collection(Alone.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly int Seed = int.Parse(Setting("SEED", "1"), CultureInfo.InvariantCulture);
    private static readonly TimeSpan Duration = TimeSpan.ParseExact(Setting("DURATION", "00:00:40"), "c", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Whatever_fails_every_hour_is_charged_once_and_every_token_taken_once()
    {
        await using var panel = await ChaosPanel.StartAsync(Seed);
        using var driver = new ChaosDriver(panel, Seed);
        var verdict = new ChaosVerdict(panel, driver);
        try
        {
            await Task.WhenAll(panel.AppPlaces.Select(place => panel.StartAsync(place)));
            await TakeOverAsync(panel, driver);
            try
            {
                await driver.RunAsync(Duration);
            }
            finally
            {
                await driver.StopAsync();
            }
            await verdict.SettleCustomersAsync();
            await verdict.SettleAsync();
            await verdict.JudgeAsync();
            var table = await verdict.TableAsync(Seed, Duration);
            output.WriteLine(table);
            await File.WriteAllTextAsync(LocalFile("txt"), table, CancellationToken.None);
            Assert.True(verdict.Broken.Count == 0, table);
        }
        finally
        {
            foreach (var place in panel.AppPlaces)
                await panel.LeaveAsync(place);
            await File.WriteAllLinesAsync(LocalFile("log"), panel.Log, CancellationToken.None);
        }
    }

    // Without a debit that was seen to lower a balance, an unchanged one proves nothing and every lost answer would be held.
    private static async Task TakeOverAsync(ChaosPanel panel, ChaosDriver driver)
    {
        driver.EnrolFirst();
        await panel.ExecuteAsync("select 1");
        Assert.Equal(HttpStatusCode.OK,
            (await panel.AppPlaces[0].Process!.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * *" })).Status);
        await ChaosDriver.SwitchOnAsync(panel.AppPlaces[0].Process!);
        var since = TimeProvider.System.GetTimestamp();
        while (!await panel.ScalarAsync<bool>("select exists (select from cron_service.wallet_proofs)"))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(60),
                "No debit was settled before the chaos began.");
            await panel.AppPlaces[0].Process!.PostAsync(OutsidePanel.Trigger);
        }
    }

    private static string LocalFile(string extension) =>
        Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local",
            string.Create(CultureInfo.InvariantCulture, $"chaos-{Seed}.{extension}"));

    private static string Setting(string name, string otherwise) =>
        Environment.GetEnvironmentVariable($"SKYPANEL_CHAOS_{name}") is { Length: > 0 } value ? value : otherwise;
}
