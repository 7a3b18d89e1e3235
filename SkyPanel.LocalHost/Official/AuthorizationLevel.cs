namespace Microsoft.Azure.Functions.Worker;

/// <summary>Whose key the host asks for. Only <see cref="Anonymous"/> is served: the local worker keeps no host keys.</summary>
public enum AuthorizationLevel
{
    Anonymous,
    User,
    Function,
    System,
    Admin,
}
