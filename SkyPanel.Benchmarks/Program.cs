using System.Globalization;
using SkyPanel.Benchmarks;

switch (args)
{
    case ["fleet", .. var rest]:
        await FleetBenchmark.RunAsync(Number(rest, 100_000));
        return 0;
    case ["backlog", .. var rest]:
        return await BacklogBenchmark.RunAsync(Number(rest, 100_000), Number([.. rest.Skip(1)], 168)) ? 0 : 1;
    case ["hour", .. var rest]:
        await HourBenchmark.RunAsync(Number(rest, 1_000_000));
        return 0;
    case ["settle", .. var rest]:
        await SettleBenchmark.RunAsync(Number(rest, 4_000));
        return 0;
    case ["simulation", .. var rest]:
        await SimulationBenchmark.RunAsync(Number(rest, 10_000));
        return 0;
    case ["wallet", .. var rest]:
        await WalletBenchmark.RunAsync(Number(rest, 10_000));
        return 0;
    case ["runway", .. var rest]:
        return await RunwayBenchmark.RunAsync(Number(rest, 10_000), Number([.. rest.Skip(1)], 1_000)) ? 0 : 1;
    case ["runs", .. var rest]:
        return await RunsBenchmark.RunAsync(Number(rest, 1_000_000), Number([.. rest.Skip(1)], 1000)) ? 0 : 1;
    case ["coldstart", .. var rest]:
        return await ColdStartBenchmark.RunAsync(Number(rest, 5), rest.ElementAtOrDefault(1)) ? 0 : 1;
    case [ColdStartBenchmark.EmptyApp, .. var rest]:
        await ColdStartBenchmark.ServeEmptyAsync(rest);
        return 0;
    case ["load", .. var rest]:
        return await LoadBenchmark.RunAsync(Number(rest, 100_000), Number([.. rest.Skip(1)], 200)) ? 0 : 1;
    default:
        Console.Error.WriteLine("""
            dotnet run -c Release --project SkyPanel.Benchmarks -- fleet [servers] | hour [servers] | backlog [servers [hours]]
                | wallet [debits]
                | settle [debits] | simulation [servers] | runway [accounts [accounts that run dry]]
                | runs [runs [requests]] | load [servers [requests per second]]
                | coldstart [starts [folder of a published app]]
            """);
        return 1;
}

static int Number(string[] rest, int defaultValue) =>
    rest is [var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : defaultValue;
