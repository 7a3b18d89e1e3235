using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Customers;

/// <summary>Registers how accounts stand and what follows from it.</summary>
public static class CustomersRegistration
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) =>
        services.AddSingleton<Standings>().AddSingleton<WatchedWallets>().AddSingleton<Runway>();
}
