using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.WhatIf;

/// <summary>How an answer is written, and how much of it.</summary>
public abstract class RowsQuery
{
    /// <summary>Rows of each list at most; the sums are those of all. A CSV has up to 100,000 lines, whatever is said here.</summary>
    [Range(1, Comparison.MostRows)]
    public int Limit { get; set; } = Comparison.MostRows;

    /// <summary>Without it the header <c>Accept</c> decides.</summary>
    [AllowedValues("json", "csv")]
    public string? Format { get; set; }
}
