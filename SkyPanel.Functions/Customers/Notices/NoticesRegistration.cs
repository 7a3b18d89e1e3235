using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Registers notices, their texts and their channels.</summary>
public static class NoticesRegistration
{
    public static IServiceCollection AddNotices(this IServiceCollection services) => services
        .AddSection<NoticesOptions>("Notices").AddSingleton<NoticeTemplates>().AddSingleton<WebhookEndpoints>()
            .AddSingleton<NoticeQueries>().AddSingleton<NoticeWriter>()
        .AddClockRepairs(ClockRepair.ToNow("notice_watch", ["enabled_since"]),
            ClockRepair.ToNow("webhook_endpoints", ["paused_until"], "paused_until > now() + interval '2 minutes'"))
        .AddHandler<NoticeMail>(channel => channel.Handler).AddHandler<NoticePanel>(channel => channel.Handler)
            .AddHandler<NoticeWebhook>(channel => channel.Handler);

    private static IServiceCollection AddHandler<T>(this IServiceCollection services, Func<T, OutboxHandler> handler) where T : class =>
        services.AddSingleton<T>().AddSingleton(provider => handler(provider.GetRequiredService<T>()));
}
