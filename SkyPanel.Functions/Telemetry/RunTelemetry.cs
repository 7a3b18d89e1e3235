using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SkyPanel.Functions.Telemetry;

/// <summary>Reports runs as spans and metrics.</summary>
public sealed class RunTelemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "SkyPanel.Functions";

    private static readonly ActivitySource Source = new(Name);
    private readonly Counter<long> _runs, _hours, _tokens, _errors;
    private readonly Histogram<double> _duration;

    public RunTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _runs = meter.CreateCounter<long>("skypanel.job.runs", "{run}", "Runs that ended, by job, trigger and status.");
        _errors = meter.CreateCounter<long>("skypanel.job.errors", "{error}", "Lines in the error lists of runs, by job.");
        _duration = meter.CreateHistogram<double>("skypanel.job.duration", "s", "How long runs took, by job and status.");
        _hours = meter.CreateCounter<long>("skypanel.billing.server_hours", "{hour}", "Server-hours that were charged.");
        _tokens = meter.CreateCounter<long>("skypanel.wallet.tokens", "{token}", "Tokens that were taken from wallets.");
    }

    /// <returns>The run's span; null without a listener.</returns>
    public static Activity? Start(string job, long runId, string trigger) =>
        Source.StartActivity($"run {job}")?.SetTag("skypanel.job", job).SetTag("skypanel.run.id", runId)
            .SetTag("skypanel.run.trigger", trigger);

    /// <summary>Counts a completed run and sets the status of its span, if any.</summary>
    public void End(Activity? span, string job, string trigger, string status, bool isFailure, string? message, TimeSpan elapsed,
        long hours, long tokens, int errors)
    {
        span?.SetTag("skypanel.run.status", status).SetStatus(isFailure ? ActivityStatusCode.Error : ActivityStatusCode.Ok, message);
        KeyValuePair<string, object?> ofJob = new("job", job), withStatus = new("status", status);
        _runs.Add(1, ofJob, new("trigger", trigger), withStatus);
        _errors.Add(errors, ofJob);
        _duration.Record(elapsed.TotalSeconds, ofJob, withStatus);
        _hours.Add(hours);
        _tokens.Add(tokens);
    }
}
