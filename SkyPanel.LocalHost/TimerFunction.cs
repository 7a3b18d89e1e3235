using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.LocalHost;

/// <summary>A checked function with a timer trigger.</summary>
internal sealed class TimerFunction
{
    private readonly MethodInfo _method;
    private readonly ObjectFactory? _create;

    /// <exception cref="InvalidOperationException">The function can't run.</exception>
    public TimerFunction(string name, MethodInfo method, TimerTriggerAttribute trigger)
    {
        (Name, Schedule, _method) = (name, trigger.Schedule, method);
        if (method.ReturnType != typeof(Task) && method.ReturnType != typeof(void))
            throw FunctionTable.Refused(method, $"returns {method.ReturnType.Name}; allowed are Task and void");
        foreach (var parameter in method.GetParameters())
        {
            var allowed = parameter.IsDefined(typeof(TimerTriggerAttribute)) ? typeof(TimerInfo) : typeof(CancellationToken);
            if (parameter.ParameterType != allowed)
                throw FunctionTable.Refused(method, $"the parameter {parameter.Name} is a {parameter.ParameterType.Name}; allowed are "
                    + "the triggering TimerInfo and a CancellationToken; services come through the constructor");
        }

        _create = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
    }

    public string Name { get; }

    /// <summary>The attribute's text, with unresolved <c>%names%</c>.</summary>
    public string Schedule { get; }

    public async Task InvokeAsync(IServiceProvider services, TimerInfo timer, CancellationToken ct)
    {
        object[] arguments =
            [.. _method.GetParameters().Select(object (parameter) => parameter.ParameterType == typeof(TimerInfo) ? timer : ct)];
        var instance = _create?.Invoke(services, null);
        if (_method.Invoke(instance, BindingFlags.DoNotWrapExceptions, null, arguments, null) is Task task)
            await task;
    }
}
