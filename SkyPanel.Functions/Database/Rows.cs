using System.Reflection;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Database;

/// <summary>Reads columns by name: enums from their texts, lists and nodes from JSON.</summary>
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
            return IsJson(typeof(T)) ? JsonSerializer.Deserialize<T>(row.GetString(ordinal), JsonSerializerOptions.Web)!
                : row.GetFieldValue<T>(ordinal);
        if (default(T) is null && row.IsDBNull(ordinal))
            return default!;
        var text = row.GetString(ordinal);
        return values.TryGetValue(text, out var value) ? value : throw new InvalidCastException($"no {typeof(T)} is '{text}'.");
    }

    internal static bool IsJson(Type type) => type.IsInterface || type == typeof(JsonNode);
}

/// <summary>Reads rows into a record, whose parameters have the columns' names, or the only column into a plain value. Each parameter
/// needs a column, and each column a parameter; a parameter that is a record itself has those of its own.</summary>
internal static class Rows<T>
{
    private static readonly (string[] Columns, Func<NpgsqlDataReader, object?> Read)? Record = IsValue(typeof(T)) ? null : Of(typeof(T));

    /// <returns>A function that reads the rows of this result.</returns>
    /// <exception cref="InvalidOperationException">A parameter or a column lacks the other.</exception>
    public static Func<NpgsqlDataReader, T> Reader(NpgsqlDataReader result)
    {
        var columns = Enumerable.Range(0, result.FieldCount).Select(result.GetName).ToArray();
        if (Record is null ? columns.Length != 1 : !columns.Order().SequenceEqual(Record.Value.Columns.Order()))
            throw new InvalidOperationException($"{typeof(T)} needs {(Record is null ? "one column"
                : $"the columns {string.Join(", ", Record.Value.Columns)}")}; the result has {string.Join(", ", columns)}.");
        return Record is not var (_, read) ? row => Rows.Read<T>(row, 0) : row => (T)read(row)!;
    }

    private static bool IsValue(Type type) =>
        type.Namespace == nameof(System) || type.IsArray || type.IsEnum || Rows.IsJson(type);

    private static (string[] Columns, Func<NpgsqlDataReader, object?> Read) Of(Type type)
    {
        var constructor = type.GetConstructors().Single();
        var invoker = ConstructorInvoker.Create(constructor);
        var parts = constructor.GetParameters().Select(Of).ToArray();
        return ([.. parts.SelectMany(part => part.Columns)],
            row => invoker.Invoke(Array.ConvertAll(parts, part => part.Read(row)).AsSpan()));
    }

    private static (string[] Columns, Func<NpgsqlDataReader, object?> Read) Of(ParameterInfo parameter)
    {
        var (columns, read) = IsValue(parameter.ParameterType) ? OfColumn(parameter) : Of(parameter.ParameterType);
        var isNullable = new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
        return (columns, isNullable ? row => Array.TrueForAll(columns, column => row.IsDBNull(row.GetOrdinal(column))) ? null : read(row)
            : read);
    }

    private static (string[] Columns, Func<NpgsqlDataReader, object?> Read) OfColumn(ParameterInfo parameter)
    {
        var column = JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!);
        var read = typeof(Rows<T>).GetMethod(nameof(Boxed), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(parameter.ParameterType).CreateDelegate<Func<NpgsqlDataReader, string, object?>>();
        return ([column], row =>
        {
            try
            {
                return read(row, column);
            }
            catch (InvalidCastException e)
            {
                throw new InvalidCastException($"{parameter.Name} of {typeof(T)}: {e.Message}", e);
            }
        });
    }

    private static object? Boxed<TValue>(NpgsqlDataReader row, string column) => row.Get<TValue>(column);
}
