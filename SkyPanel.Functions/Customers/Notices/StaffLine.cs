using SkyPanel.Functions.Database;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>A notice in a line for the staff in Discord.</summary>
public sealed record StaffLine(NoticeCause Cause, int UserId, string Name, NoticeFacts Facts)
{
    private const int MostLines = 15;

    /// <summary>One message for all: how many of each cause, and who, as far as there is room.</summary>
    public static DiscordMessage Summary(IReadOnlyList<StaffLine> lines)
    {
        var counts = string.Join(", ", lines.GroupBy(line => line.Cause)
            .Select(group => $"{group.Count()} {group.Key.Text().Replace('_', ' ')}"));
        var rest = lines.Count > MostLines ? $"\n… and {lines.Count - MostLines} more" : "";
        return new($"Notices to customers: {counts}\n{string.Join('\n', lines.Take(MostLines).Select(line => line.Write()))}{rest}", []);
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
