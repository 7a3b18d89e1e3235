using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Scheduling;

/// <summary>A setting of a job that can't be stored.</summary>
/// <param name="field">Its name in JSON: schedule, timeZone, hoursPerMonth, note.</param>
public sealed class ScheduleException(string field, string message) : BadInputException(field, message);
