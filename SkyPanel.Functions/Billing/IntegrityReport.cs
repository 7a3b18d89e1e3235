namespace SkyPanel.Functions.Billing;

/// <summary>Says whether every law of money holds, law by law.</summary>
public sealed record IntegrityReport(bool Ok, IReadOnlyList<IntegrityCheck> Checks);

/// <summary>One law, and the first ten things that break it.</summary>
public sealed record IntegrityCheck(string Name, string Law, bool Ok, int Violations, IReadOnlyList<string> Examples);
