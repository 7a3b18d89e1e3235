using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Settings;

internal static class OptionsSections
{
    /// <summary>Binds a section and validates it at the start.</summary>
    public static IServiceCollection AddSection<T>(this IServiceCollection services, string section) where T : class
    {
        services.AddSingleton(KnownSettings.Of(section, typeof(T))).AddOptions<T>()
            .Configure<IConfiguration>((_, configuration) => TimeSpanTexts.Check(typeof(T), configuration.GetSection(section)))
            .BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
