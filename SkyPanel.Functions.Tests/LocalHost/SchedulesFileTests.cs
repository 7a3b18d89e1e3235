using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class SchedulesFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("skypanel-");

    private string Path => System.IO.Path.Combine(folder.FullName, "local.schedules.json");

    [Fact]
    public void What_is_written_is_what_the_next_start_reads_and_the_rest_stays()
    {
        File.WriteAllText(Path, """
            {
              // one's own
              "IsEncrypted": false, "Host": { "CORS": "*" },
              "Values": { "Cron__HourlyBilling__Schedule": "5 * * * *", "Cron:Backup:Schedule": "1 * * * *", "Billing:Currency": "EUR", }
            }
            """);
        var file = new SchedulesFile(Path);
        file.Write("Cron:HourlyBilling:Schedule", "*/2 * * * * *");
        file.Write("Cron:Backup:Schedule", "2 * * * *");
        file.Write("Cron:Monitoring:Schedule", "3 * * * *");

        var read = new ConfigurationManager();
        LocalSettings.AddBelow(read, Path);
        Assert.Equal(("*/2 * * * * *", "2 * * * *", "3 * * * *", "EUR"),
            (read["Cron:HourlyBilling:Schedule"], read["Cron:Backup:Schedule"], read["Cron:Monitoring:Schedule"],
            read["Billing:Currency"]));
        Assert.Contains("\"CORS\": \"*\"", File.ReadAllText(Path), StringComparison.Ordinal);
        Assert.Equal([Path], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_file_whoever_writes()
    {
        var file = new SchedulesFile(Path);
        file.Write("Cron:HourlyBilling:Schedule", "0 * * * *");
        var writing = Task.Run(() => Enumerable.Range(0, 200).ToList()
            .ForEach(n => file.Write("Cron:HourlyBilling:Schedule", $"{n % 60} * * * *")), TestContext.Current.CancellationToken);
        while (!writing.IsCompleted)
        {
            var read = new ConfigurationManager();
            LocalSettings.AddBelow(read, Path);
            Assert.EndsWith(" * * * *", read["Cron:HourlyBilling:Schedule"], StringComparison.Ordinal);
        }
        await writing;
    }

    [Fact]
    public void Without_a_file_one_is_made_but_no_folder()
    {
        new SchedulesFile(Path).Write("Cron:HourlyBilling:Schedule", "5 * * * *");
        Assert.True(File.Exists(Path));
        Assert.Contains("a folder that exists",
            Assert.Throws<OptionsValidationException>(() => new SchedulesFile("/no/such/folder/x.json")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
