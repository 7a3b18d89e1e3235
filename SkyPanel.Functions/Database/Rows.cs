using System.Reflection;

namespace SkyPanel.Functions.Database;

/// <summary>Reads columns by name. Enums are read from their texts.</summary>
public static class Rows
{
    public static T Get<T>(this NpgsqlDataReader row, string column) => Read<T>(row, row.GetOrdinal(column));

    /// <summary>Reads a nullable column as a nullable value or reference.</summary>
    public static T? Nullable<T>(this NpgsqlDataReader row, string column)
    {
        var ordinal = row.GetOrdinal(column);
        return row.IsDBNull(ordinal) ? default : Read<T>(row, ordinal);
    }

    internal static T Read<T>(NpgsqlDataReader row, int ordinal)
    {
        if (EnumText.Values<T>() is not { } values)
            return row.GetFieldValue<T>(ordinal);
        if (default(T) is null && row.IsDBNull(ordinal))
            return default!;
        var text = row.GetString(ordinal);
        return values.TryGetValue(text, out var value) ? value : throw new InvalidCastException($"no {typeof(T)} is '{text}'.");
    }
}

/// <summary>Reads rows into a record, whose parameters have the columns' names, or the only column into a plain value. Each parameter
/// needs a column, and each column a parameter.</summary>
internal static class Rows<T>
{
    private static readonly bool IsValue = typeof(T).Namespace == nameof(System) || typeof(T).IsArray || typeof(T).IsEnum;
    private static readonly ConstructorInfo? Constructor = IsValue ? null : typeof(T).GetConstructors().Single();
    private static readonly ConstructorInvoker? Invoker = Constructor is null ? null : ConstructorInvoker.Create(Constructor);
    private static readonly (string Column, Func<NpgsqlDataReader, int, object?> Read)[] Parameters =
        [.. (Constructor?.GetParameters() ?? []).Select(parameter => (JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!),
            Reading(parameter)))];

    /// <returns>A function that reads the rows of this result.</returns>
    /// <exception cref="InvalidOperationException">A parameter or a column lacks the other.</exception>
    public static Func<NpgsqlDataReader, T> Reader(NpgsqlDataReader result)
    {
        var columns = Enumerable.Range(0, result.FieldCount).Select(result.GetName).ToArray();
        if (IsValue && columns.Length == 1)
            return row => Rows.Read<T>(row, 0);
        if (IsValue || !columns.Order().SequenceEqual(Parameters.Select(parameter => parameter.Column).Order()))
            throw new InvalidOperationException($"{typeof(T)} needs {(IsValue ? "one column" : "the columns")} " +
                $"{string.Join(", ", Parameters.Select(parameter => parameter.Column))}; the result has {string.Join(", ", columns)}.");
        var ordinals = Parameters.Select(parameter => Array.IndexOf(columns, parameter.Column)).ToArray();
        var arguments = new object?[ordinals.Length];
        return row =>
        {
            for (var at = 0; at < arguments.Length; at++)
                arguments[at] = Parameters[at].Read(row, ordinals[at]);
            return (T)Invoker!.Invoke(arguments.AsSpan());
        };
    }

    private static Func<NpgsqlDataReader, int, object?> Reading(ParameterInfo parameter)
    {
        var read = typeof(Rows<T>).GetMethod(nameof(Boxed), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(parameter.ParameterType).CreateDelegate<Func<NpgsqlDataReader, int, object?>>();
        var isNullable = new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
        return (row, ordinal) =>
        {
            try
            {
                return isNullable && row.IsDBNull(ordinal) ? null : read(row, ordinal);
            }
            catch (InvalidCastException e)
            {
                throw new InvalidCastException($"{parameter.Name} of {typeof(T)}: {e.Message}", e);
            }
        };
    }

    private static object? Boxed<TValue>(NpgsqlDataReader row, int ordinal) => Rows.Read<TValue>(row, ordinal);
}
