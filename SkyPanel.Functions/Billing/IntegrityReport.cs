namespace SkyPanel.Functions.Billing;

/// <summary>The results of the integrity check.</summary>
public sealed record IntegrityReport(bool Ok, IReadOnlyList<IntegrityCheck> Checks);

/// <summary>One law and its first ten violations.</summary>
public sealed record IntegrityCheck(string Name, string Law, bool Ok, int Violations, IReadOnlyList<string> Examples);
