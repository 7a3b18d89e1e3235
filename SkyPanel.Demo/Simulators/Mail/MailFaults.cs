using System.Collections.Concurrent;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>How a mail sink misbehaves; thread-safe.</summary>
public sealed class MailFaults
{
    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>No answer is given to this command, such as <c>MAIL</c>, or <c>CONNECT</c>: the client waits.</summary>
    public string? HangsAt { get; set; }

    /// <summary>The next mail is kept, and the connection cut before its answer.</summary>
    public bool LosesNextAnswer { get; set; }

    /// <summary>Refuses a recipient, as in <c>550 no such user</c>.</summary>
    public void Refuse(string address, string answer = "550 5.1.1 no such user") => _answers[address] = answer;

    /// <summary>Answers a command, such as <c>MAIL</c>, otherwise than usual.</summary>
    public void Answer(string command, string answer) => _answers[command] = answer;

    /// <summary>Everything works again, except what hangs already.</summary>
    public void Clear()
    {
        _answers.Clear();
        (HangsAt, LosesNextAnswer) = (null, false);
    }

    /// <summary>Waits until a client was first left without an answer.</summary>
    public Task HangingAsync(CancellationToken ct) => _hanging.Task.WaitAsync(ct);

    internal Task HangAsync(CancellationToken ct)
    {
        _hanging.TrySetResult();
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
    }

    internal string? AnswerTo(string commandOrAddress) => _answers.GetValueOrDefault(commandOrAddress);
}
