namespace SkyPanel.Functions.Http;

/// <summary>Selects a page of a list by number, and how long it is.</summary>
public abstract class PageQuery
{
    /// <summary>Rows on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 50;

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? Cursor { get; set; }

    /// <returns>The cursor of the page after this one; null when this one isn't full.</returns>
    public string? Next<T>(IReadOnlyList<T> page, Func<T, long> number) =>
        page.Count < Limit ? null : number(page[^1]).ToString(CultureInfo.InvariantCulture);
}
