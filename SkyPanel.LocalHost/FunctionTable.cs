using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>Finds the application's functions by the official attributes. Refuses functions that only the official worker could run,
/// so that both run the same functions.</summary>
internal sealed record FunctionTable(IReadOnlyList<HttpFunction> Http, IReadOnlyList<TimerFunction> Timers)
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    /// <exception cref="InvalidOperationException">A function can't run. The message names it and the allowed form.</exception>
    public static FunctionTable Of(IEnumerable<Type> types)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var (http, timers) = (new List<HttpFunction>(), new List<TimerFunction>());
        foreach (var method in types.SelectMany(type => type.GetMethods(Declared)))
        {
            // Checks thousands of methods: several times faster than reading a missing attribute.
            if (!method.IsDefined(typeof(FunctionAttribute), inherit: false))
                continue;
            var name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
            if (!names.Add(name))
                throw Refused(method, $"the name {name} is taken by another function");
            CheckDeclaration(method);

            switch (Trigger(method))
            {
                case HttpTriggerAttribute trigger:
                    http.Add(new(name, method, trigger));
                    break;
                case TimerTriggerAttribute trigger:
                    timers.Add(new(name, method, trigger));
                    break;
            }
        }

        return new(http, timers);
    }

    public static InvalidOperationException Refused(MethodInfo method, string because) =>
        new($"Function {method.DeclaringType?.Name}.{method.Name}: {because}.");

    private static void CheckDeclaration(MethodInfo method)
    {
        if (method is not { IsPublic: true, IsGenericMethod: false }
            || method.DeclaringType is not { IsVisible: true, IsGenericTypeDefinition: false } type
            || (type.IsAbstract && !method.IsStatic))
            throw Refused(method, "must be a public method of a public class that can be made");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
            throw Refused(method, "is async void, whose end and errors nobody sees; return Task");
    }

    private static Attribute Trigger(MethodInfo method)
    {
        var triggers = method.GetParameters()
            .SelectMany(parameter => parameter.GetCustomAttributes())
            .Where(attribute => attribute is HttpTriggerAttribute or TimerTriggerAttribute)
            .ToArray();
        return triggers is [var trigger] ? trigger : throw Refused(method, $"has {triggers.Length} triggers; it must have one");
    }
}
