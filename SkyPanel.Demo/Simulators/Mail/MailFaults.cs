using System.Collections.Concurrent;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>The faults of a mail sink. Thread-safe.</summary>
public sealed class MailFaults
{
    private readonly RequestGate _hanging = new();
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Never answers a command, such as <c>MAIL</c> or <c>CONNECT</c>.</summary>
    public string? HangsAt { get; set; }

    /// <summary>Keeps the next mail but cuts the connection before the answer.</summary>
    public bool LosesNextAnswer { get; set; }

    /// <summary>Refuses a recipient, such as with <c>550 no such user</c>.</summary>
    public void Refuse(string address, string answer = "550 5.1.1 no such user") => _answers[address] = answer;

    /// <summary>Replaces the answer to a command, such as <c>MAIL</c>.</summary>
    public void Answer(string command, string answer) => _answers[command] = answer;

    /// <summary>Ends all faults, except for waiting clients.</summary>
    public void Clear()
    {
        _answers.Clear();
        (HangsAt, LosesNextAnswer) = (null, false);
    }

    /// <summary>Waits until the next command remains unanswered.</summary>
    public Task HangingAsync(CancellationToken ct) => _hanging.WaitForArrivalsAsync(1, ct);

    internal Task HangAsync(CancellationToken ct) => _hanging.PassAsync(ct);

    internal string? AnswerTo(string commandOrAddress) => _answers.GetValueOrDefault(commandOrAddress);
}
