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
            .AddSingleton<AfterTopUp>(services => services.GetRequiredService<PaidResumption>().ResumeAsync)
            .AddClockRepairs(
                ClockRepair.ToNow("customer_policy", ["live_since"]),
                ClockRepair.ToNow("customers", ["grace_since"]),
                ClockRepair.ToNow("standings", ["below_since", "overdue_since"],
                    "state <> 'ok' and greatest(below_since, overdue_since) > now() + interval '1 minute'"),
                ClockRepair.ToNow("suspension_holds", ["decided_at"]),
                ClockRepair.ToNow("suspensions", ["next_look_at", "claimed_until", "sent_at", "suspended_at", "resume_ordered_at"], """
                    state in ('ordered', 'suspended', 'resuming')
                        and (greatest(claimed_until, sent_at, suspended_at) > now() + interval '5 minutes' or next_look_at > now()
                            + case when state = 'ordered' and refusals > 0 then interval '2 hours' else interval '5 minutes' end)
                    """));
}
