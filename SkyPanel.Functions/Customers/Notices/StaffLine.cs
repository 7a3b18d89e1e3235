using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>A line about a notice for the staff in Discord.</summary>
public sealed record StaffLine(NoticeCause Cause, int UserId, string Name, NoticeFacts Facts)
{
    private const int MaxLines = 15;

    /// <summary>Summarizes notices in one message: the number of each cause, then the first customers.</summary>
    public static DiscordMessage Summary(IReadOnlyList<StaffLine> lines)
    {
        var counts = string.Join(", ", lines.GroupBy(line => line.Cause)
            .Select(group => $"{group.Count()} {group.Key.Text().Replace('_', ' ')}"));
        var rest = lines.Count > MaxLines ? $"\n… and {lines.Count - MaxLines} more" : "";
        return new($"Notices to customers: {counts}\n{string.Join('\n', lines.Take(MaxLines).Select(line => line.Write()))}{rest}", []);
    }

    private string Write()
    {
        var detail = Cause switch
        {
            NoticeCause.Runway => FormattableString.Invariant($", {Facts.Hours} h left"),
            NoticeCause.SuspensionDue when Facts.DueAt is { } due => FormattableString.Invariant($", on {due:yyyy-MM-dd HH:mm} UTC"),
            NoticeCause.Suspended or NoticeCause.Resumed =>
                $", servers {string.Join(", ", (Facts.Servers ?? []).Take(5))}{(Facts.Servers?.Count > 5 ? ", …" : "")}",
            _ => "",
        };
        return $"- {(Name.Length == 0 ? "" : $"{ForeignText.Discord(Name)}, ")}user {UserId}: {Cause.Text().Replace('_', ' ')}{detail}";
    }
}
