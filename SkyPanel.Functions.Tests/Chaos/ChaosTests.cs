using System.Globalization;
using System.Net;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Runs without other tests: without processor time, VirtFusion would act later than resolving a lost answer allows.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>Runs several processes of the app with one PostgreSQL and one VirtFusion, and random failures of all of them.</summary>
/// <remarks><c>SKYPANEL_CHAOS_SEED</c> and <c>SKYPANEL_CHAOS_DURATION</c> (hh:mm:ss) set the seed and the duration; the default is short.
/// The printed table is also in <c>.local/chaos-(seed).txt</c>, the output of the processes in <c>.local/chaos-(seed).log</c>.</remarks>
[Collection(Alone.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly int Seed = int.Parse(Setting("SEED", "1"), CultureInfo.InvariantCulture);
    private static readonly TimeSpan Duration = TimeSpan.ParseExact(Setting("DURATION", "00:00:30"), "c", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Whatever_fails_every_hour_is_charged_once_and_every_token_taken_once()
    {
        await using var panel = await ChaosPanel.StartAsync(Seed);
        using var driver = new ChaosDriver(panel, Seed);
        var verdict = new ChaosVerdict(panel, driver);
        try
        {
            await Task.WhenAll(panel.Apps.Select(app => panel.StartAsync(app)));
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
            foreach (var app in panel.Apps)
                await panel.RemoveAsync(app);
            await File.WriteAllLinesAsync(LocalFile("log"), panel.Log, CancellationToken.None);
        }
    }

    // Until a debit was seen to lower a balance, an unchanged balance proves nothing, and every lost answer would be held.
    private static async Task TakeOverAsync(ChaosPanel panel, ChaosDriver driver)
    {
        driver.EnrolFirst();
        await panel.ExecuteAsync("select 1");
        Assert.Equal(HttpStatusCode.OK,
            (await panel.Apps[0].Process!.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * *" })).Status);
        await ChaosDriver.SwitchOnAsync(panel.Apps[0].Process!);
        var since = TimeProvider.System.GetTimestamp();
        while (!await panel.ScalarAsync<bool>("select exists (select from cron_service.wallet_proofs)"))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(60),
                "No debit was settled before the chaos began.");
            await panel.Apps[0].Process!.PostAsync(OutsidePanel.Trigger);
        }
    }

    private static string LocalFile(string extension) =>
        Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local",
            string.Create(CultureInfo.InvariantCulture, $"chaos-{Seed}.{extension}"));

    private static string Setting(string name, string otherwise) =>
        Environment.GetEnvironmentVariable($"SKYPANEL_CHAOS_{name}") is { Length: > 0 } value ? value : otherwise;
}
