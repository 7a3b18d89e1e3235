using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Thrown for an invalid setting of a job.</summary>
/// <param name="field">The name in JSON: schedule, timeZone, hoursPerMonth, note.</param>
public sealed class ScheduleException(string field, string message) : BadInputException(field, message);
