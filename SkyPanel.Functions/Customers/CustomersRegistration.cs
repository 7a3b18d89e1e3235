using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Registers how accounts stand, what follows from it, and their statements.</summary>
public static class CustomersRegistration
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) =>
        services.AddSingleton<Standings>().AddSingleton<WatchedWallets>().AddSingleton<Runway>().AddSingleton<Statements>()
            .AddSingleton<CustomerLinks>().AddSingleton<OwnPage>()
            .AddSingleton<SuspensionOrders>().AddSingleton<SuspensionClaims>().AddSingleton<SuspensionSteps>().AddSingleton<PolicyRun>()
            .AddSingleton<SuspensionQueries>().AddSingleton<CustomerActs>()
            .AddSingleton<PaidResumption>()
            .AddSingleton<AfterTopUp>(services => services.GetRequiredService<PaidResumption>().ResumeAsync);
}
