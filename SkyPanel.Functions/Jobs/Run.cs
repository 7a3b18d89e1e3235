namespace SkyPanel.Functions.Jobs;

/// <summary>A run in the run log.</summary>
/// <param name="Trigger"><c>schedule</c>, <c>manual</c>, <c>catch-up</c> (an older occurrence was missed) or <c>retry</c> (of a run that
/// failed).</param>
/// <param name="ScheduledFor">The occurrence; null for a manual run and for a retry.</param>
/// <param name="TotalBilled">Currency units.</param>
/// <param name="Attempt">1, or one more than the attempt of <paramref name="RetryOf"/>.</param>
/// <param name="RetryOf">The failed run that this one retries.</param>
/// <param name="RetryAt">The time of its retry, unless another run of its job starts before; null for no retry.</param>
/// <param name="WaitedFor">The latest runs, at its start, of the jobs that its job waits for.</param>
public sealed record Run(
    long RunId, string Job, RunTrigger Trigger, string RequestedBy, DateTime? ScheduledFor,
    DateTime StartedAt, DateTime? FinishedAt, long? DurationMs,
    RunStatus Status, int ServersProcessed, long HoursBilled, decimal TotalBilled, long TokensDebited, int ErrorCount, string? Message,
    int MissedOccurrences, int Attempt, long? RetryOf, DateTime? RetryAt, IReadOnlyList<WaitedFor> WaitedFor);

/// <summary>A run of another job that a run depends on.</summary>
/// <param name="WaitedSeconds">The time for which the dependent run was due when the other one ended; 0 without a wait.</param>
public sealed record WaitedFor(string Job, long RunId, long WaitedSeconds);

/// <summary>An opened scheduled run.</summary>
public sealed record OpenedRun(long RunId, RunTrigger Trigger, int Attempt);

/// <summary>A run started by a wake, and its status.</summary>
public sealed record StartedRun(string Job, long RunId, RunTrigger Trigger, RunStatus Status);

/// <summary>An open run that no process executes.</summary>
/// <param name="IsLatest">Whether it is the latest run of its job.</param>
public sealed record DeadRun(long RunId, string Job, RunTrigger Trigger, int Attempt, bool IsLatest);

/// <summary>An error of a run.</summary>
/// <param name="Kind"><c>initialization</c>, <c>execution</c>, <c>database</c>, <c>api</c> or <c>data</c>.</param>
public sealed record RunError([property: AllowedValues("initialization", "execution", "database", "api", "data")] string Kind,
    int? ServerId, string Message)
{
    public static RunError OfData(string message, int? serverId = null) => new("data", serverId, message);

    public static RunError OfApi(string message, int? serverId = null) => new("api", serverId, message);

    /// <summary>The exception that ended a run. Npgsql reports both a time-out and a cut connection as a failure to read from a
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

    /// <summary>Whether an exception means that the database or another service failed. Then its message is enough, without the stack
    /// trace.</summary>
    public static bool IsOutage(Exception e) => e is NpgsqlException or HttpRequestException or TimeoutException;

    public override string ToString() => ServerId is { } id ? $"Server ID {id}: {Message}" : Message;
}

/// <param name="IsRetriable">False when a retry would have the same result.</param>
/// <param name="HasProgressed">Whether it made progress other than charges and debits that the next run doesn't repeat.</param>
public sealed record RunOutcome(
    RunStatus Status, string? Message, IReadOnlyList<RunError> Errors, int Servers = 0, long Hours = 0, decimal Amount = 0, long Tokens = 0,
    bool IsRetriable = true, bool HasProgressed = false)
{
    /// <summary>The take-over from another engine, to show in the answer; null without another engine.</summary>
    public object? TakeOver { get; init; }

    /// <summary>Whether a stop that nobody requested ended the run.</summary>
    public bool IsCutOff { get; init; }

    /// <param name="isWanted">Whether a person requested it, so that it isn't retried.</param>
    public RunOutcome Stopped(string reason, bool isWanted) =>
        this with { Message = $"{reason}; {Message}", IsRetriable = !isWanted, IsCutOff = !isWanted };

    /// <summary>The time box ended the run. It continues if it made progress; otherwise it would end in the same
    /// way.</summary>
    public RunOutcome OutOfTime(TimeSpan timeBox)
    {
        var reason = $"its time box of {timeBox} was over (Jobs:TimeBox)";
        return this is { Hours: 0, Amount: 0, Tokens: 0, HasProgressed: false }
            ? this with { Status = RunStatus.Failed, Message = $"{reason}, and nothing was done: the next run starts over",
                IsRetriable = false }
            : Stopped(reason, isWanted: false) with { IsCutOff = false };
    }
}
