namespace SkyPanel.Functions.Settings;

/// <summary>What a secret setting may be. Registered by the feature that uses it.</summary>
/// <param name="Name">The setting, one of <see cref="SecretStore.Names"/>.</param>
/// <param name="IsAllowed">Judges a value.</param>
/// <param name="Allowed">What is allowed, after "must be".</param>
public sealed record SecretRule(string Name, Func<string, bool> IsAllowed, string Allowed);
