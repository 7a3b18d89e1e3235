using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Registers standings, suspensions, customers' pages and statements.</summary>
public static class CustomersRegistration
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) =>
        services.AddSingleton<Standings>().AddSingleton<WatchedWallets>().AddSingleton<Statements>()
            .AddSingleton<CustomerLinks>().AddSingleton<OwnPage>()
            .AddSingleton<SuspensionOrders>().AddSingleton<SuspensionClaims>().AddSingleton<SuspensionSteps>().AddSingleton<PolicyRun>()
            .AddSingleton<SuspensionQueries>().AddSingleton<CustomerActions>()
            .AddSingleton<PaidResumption>()
            .AddSingleton<AfterTopUp>(services => services.GetRequiredService<PaidResumption>().ResumeAsync);
}
