namespace SkyPanel.Functions.Http;

/// <summary>Selects a month.</summary>
public sealed class MonthQuery
{
    /// <summary>A calendar month (UTC); the current one by default.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }
}
