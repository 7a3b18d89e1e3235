using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Settings;

internal static class OptionsSections
{
    /// <summary>Binds a section and checks it at the start: a bad value never reaches a run.</summary>
    public static IServiceCollection AddSection<T>(this IServiceCollection services, string section) where T : class
    {
        services.AddSingleton(KnownSettings.Of(section, typeof(T))).AddOptions<T>()
            .Configure<IConfiguration>((_, configuration) => TimeSpanTexts.Check(typeof(T), configuration.GetSection(section)))
            .BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
