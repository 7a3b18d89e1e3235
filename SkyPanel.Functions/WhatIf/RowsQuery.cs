namespace SkyPanel.Functions.WhatIf;

/// <summary>Selects the format of an answer and the number of its rows.</summary>
public abstract class RowsQuery
{
    /// <summary>The maximum number of rows of each list; sums include all. A CSV always has up to 100,000 rows.</summary>
    [Range(1, Comparison.MaxRows)]
    public int Limit { get; set; } = Comparison.MaxRows;

    /// <summary>By default as in the header <c>Accept</c>.</summary>
    [AllowedValues("json", "csv")]
    public string? Format { get; set; }
}
