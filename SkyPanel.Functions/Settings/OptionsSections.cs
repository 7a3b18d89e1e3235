using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SkyPanel.Functions.Settings;

/// <summary>Registers sections of settings.</summary>
/// <remarks>The platform's <c>AddOptions</c> creates a dozen objects a section, for values that change while the app runs, and took a
/// tenth of the start.</remarks>
internal static class OptionsSections
{
    /// <summary>Binds a section and validates it at the start. Options have ranges (<see cref="RangeAttribute"/>) and validate themselves
    /// (<see cref="IValidatableObject"/>); other attributes aren't read.</summary>
    public static IServiceCollection AddSection<T>(this IServiceCollection services, string section) where T : class, new() => services
        .AddSingleton(KnownSettings.Of(section, typeof(T)))
        .AddSingleton<IOptions<T>>(provider => new OptionsSection<T>(section, provider))
        .AddSingleton(provider => (IOptionsSection)provider.GetRequiredService<IOptions<T>>())
        .Replace(ServiceDescriptor.Singleton<IStartupValidator, SectionsValidator>());

    private interface IOptionsSection
    {
        void Validate();
    }

    private sealed class SectionsValidator(IEnumerable<IOptionsSection> sections) : IStartupValidator
    {
        public void Validate()
        {
            foreach (var section in sections)
                section.Validate();
        }
    }

    private sealed class OptionsSection<T>(string section, IServiceProvider services) : IOptions<T>, IOptionsSection where T : class, new()
    {
        private readonly Lazy<T> _value = new(() => Read(section, services));

        public T Value => _value.Value;

        public void Validate() => _ = Value;

        private static T Read(string section, IServiceProvider services)
        {
            var configuration = services.GetRequiredService<IConfiguration>().GetSection(section);
            TimeSpanTexts.Check(typeof(T), configuration);
            var options = new T();
            configuration.Bind(options);
            var own = options is IValidatableObject self ? self.Validate(new(options)).Select(problem => problem.ErrorMessage!) : [];
            var others = services.GetServices<IValidateOptions<T>>().SelectMany(check => check.Validate(null, options).Failures ?? []);
            return OutOfRange(section, options).Concat(own).Concat(others).ToList() is { Count: > 0 } problems
                ? throw new OptionsValidationException(section, typeof(T), problems) : options;
        }

        private static IEnumerable<string> OutOfRange(string section, T options) =>
            from property in typeof(T).GetProperties()
            let range = property.GetCustomAttribute<RangeAttribute>()
            let value = property.GetValue(options)
            where range is not null && !IsWithin(range, value)
            select string.Create(CultureInfo.InvariantCulture,
                $"{section}:{property.Name} '{value}' must be {range.Minimum} to {range.Maximum}.");

        // The attribute itself would load the platform's type converters.
        private static bool IsWithin(RangeAttribute range, object? value) => value is not TimeSpan span ? range.IsValid(value)
            : span >= Parse(range.Minimum) && span <= Parse(range.Maximum);

        private static TimeSpan Parse(object text) => TimeSpan.Parse((string)text, CultureInfo.InvariantCulture);
    }
}
