using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace SkyPanel.Functions.Jobs;

/// <summary>One execution of a job, as the run log tells it.</summary>
/// <param name="Trigger"><c>schedule</c>, <c>manual</c>, <c>catch-up</c> (an older occurrence was missed) or <c>retry</c> (of a run that
/// failed).</param>
/// <param name="ScheduledFor">The occurrence it stands for; null for a manual run and for a retry.</param>
/// <param name="TotalBilled">Currency units.</param>
/// <param name="Attempt">1, or one more than the attempt of <paramref name="RetryOf"/>.</param>
/// <param name="RetryOf">The run that failed and is run again by this one.</param>
/// <param name="RetryAt">When it is run again, if no other run of its job has started by then; null: it is not.</param>
/// <param name="WaitedFor">The latest runs, when it started, of the jobs that its job waits for.</param>
public sealed record Run(
    long RunId, string Job, RunTrigger Trigger, string RequestedBy, DateTime? ScheduledFor,
    DateTime StartedAt, DateTime? FinishedAt, long? DurationMs,
    RunStatus Status, int ServersProcessed, long HoursBilled, decimal TotalBilled, long TokensDebited, int ErrorCount, string? Message,
    int MissedOccurrences, int Attempt, long? RetryOf, DateTime? RetryAt, IReadOnlyList<WaitedFor> WaitedFor);

/// <summary>A run of another job that one rests on.</summary>
/// <param name="WaitedSeconds">How long the one had been due when the other ended; 0 when it didn't have to wait.</param>
public sealed record WaitedFor(string Job, long RunId, long WaitedSeconds);

/// <summary>A scheduled run that was opened.</summary>
public sealed record OpenedRun(long RunId, RunTrigger Trigger, int Attempt);

/// <summary>A run that was started by a wake, and how it stands.</summary>
public sealed record StartedRun(string Job, long RunId, RunTrigger Trigger, RunStatus Status);

/// <summary>An open run that no process executes.</summary>
/// <param name="IsLatest">Of its job: no other has begun since.</param>
public sealed record DeadRun(long RunId, string Job, RunTrigger Trigger, int Attempt, bool IsLatest);

/// <summary>One line of what went wrong in a run.</summary>
/// <param name="Kind"><c>initialization</c>, <c>execution</c>, <c>database</c>, <c>api</c> or <c>data</c>.</param>
public sealed record RunError([property: AllowedValues("initialization", "execution", "database", "api", "data")] string Kind,
    int? ServerId, string Message)
{
    /// <summary>What broke a run off. Npgsql says of a time limit and of a cut connection alike that it could not read from a
    /// stream.</summary>
    public static RunError Of(Exception e) => e switch
    {
        PostgresException => new("database", null, e.Message),
        NpgsqlException { InnerException: { } reason } =>
            new("database", null, $"the database gave no answer: {e.Message} ({reason.Message})"),
        NpgsqlException => new("database", null, e.Message),
        HttpRequestException => new("api", null, e.Message),
        _ => new("execution", null, e.Message),
    };

    /// <summary>Whether what was thrown says that the database or another service failed: then its message is enough, and where in the code
    /// it was met means nothing.</summary>
    public static bool IsOutage(Exception e) => e is NpgsqlException or HttpRequestException or TimeoutException;

    public override string ToString() => ServerId is { } id ? $"Server ID {id}: {Message}" : Message;
}

/// <summary>What a job's step came to.</summary>
/// <param name="IsRetriable">False: another attempt would only come to the same.</param>
/// <param name="HasProgressed">It got done, beside what it charged and took, what the next run need not do again.</param>
public sealed record RunOutcome(
    RunStatus Status, string? Message, IReadOnlyList<RunError> Errors, int Servers = 0, long Hours = 0, decimal Amount = 0, long Tokens = 0,
    bool IsRetriable = true, bool HasProgressed = false)
{
    /// <summary>What the run took over from another engine, as the answer shows it; null without another engine.</summary>
    public object? TakeOver { get; init; }

    /// <param name="isWanted">Somebody asked for it, and doesn't want it again.</param>
    public RunOutcome Stopped(string reason, bool isWanted) => this with { Message = $"{reason}; {Message}", IsRetriable = !isWanted };

    /// <summary>The time box ended it. What it got done it won't do again, so it goes on; one that got nothing done would be ended
    /// again.</summary>
    public RunOutcome OutOfTime(TimeSpan timeBox)
    {
        var reason = $"its time box of {timeBox} was over (Jobs:TimeBox)";
        return this is { Hours: 0, Amount: 0, Tokens: 0, HasProgressed: false }
            ? this with { Status = RunStatus.Failed, Message = $"{reason}, and nothing had come of it: the next run begins anew",
                IsRetriable = false }
            : Stopped(reason, isWanted: false);
    }
}
