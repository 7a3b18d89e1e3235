namespace SkyPanel.Functions.Settings;

/// <summary>Restricts the values of a secret setting. Registered by the feature that uses it.</summary>
/// <param name="Name">The setting, one of <see cref="SecretStore.Names"/>.</param>
/// <param name="IsAllowed">Checks a value.</param>
/// <param name="Allowed">Describes the allowed values, after "must be".</param>
public sealed record SecretRule(string Name, Func<string, bool> IsAllowed, string Allowed);
