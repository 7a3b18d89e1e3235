using SkyPanel.Benchmarks;

switch (args)
{
    case ["fleet", .. var rest]:
        await FleetBenchmark.RunAsync(rest is [var size] ? int.Parse(size, System.Globalization.CultureInfo.InvariantCulture) : 100_000);
        return 0;
    case ["wallet", .. var rest]:
        await WalletBenchmark.RunAsync(rest is [var debits] ? int.Parse(debits, System.Globalization.CultureInfo.InvariantCulture) : 10_000);
        return 0;
    default:
        Console.Error.WriteLine("dotnet run -c Release --project SkyPanel.Benchmarks -- fleet [servers] | wallet [debits]");
        return 1;
}
