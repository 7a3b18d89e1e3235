namespace SkyPanel.Functions.Dns;

/// <summary>The result of a run.</summary>
/// <param name="HasReading">False when no wallet could be read.</param>
/// <param name="Renewed">Number of periods.</param>
/// <param name="Amount">Currency units.</param>
/// <param name="IsPaused">Billing is paused: the tokens are taken when it is resumed.</param>
public sealed record RenewalResult(
    bool HasReading, int Renewed, decimal Amount, int InGrace, int Suspended, int Unread, long TokensDebited, bool IsPaused,
        IReadOnlyList<RenewalProblem> Problems);

/// <summary>A problem with a subscription or a wallet, for the run's error list.</summary>
/// <param name="Kind"><c>api</c>, <c>data</c> or <c>database</c>.</param>
public sealed record RenewalProblem(string Kind, string Message);
