namespace SkyPanel.LocalWorker.Postgres;

/// <summary>PostgreSQL refuses to run as root, and containers and build machines run as root: there it runs as nobody.</summary>
internal sealed record Unprivileged(IReadOnlyList<string> Prefix, string? Owner)
{
    // A user namespace needs no chown: root's files are nobody's in there. The postmaster's data stay root's own.
    private static readonly Unprivileged Namespace = new(["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"], "0:0");

    // Where containers may not make namespaces. The capability lets nobody pass through folders closed to others, as /root is.
    private static readonly Unprivileged Nobody = new(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"],
        "65534:65534");

    private static readonly Unprivileged AsIs = new([], null);

    public static async Task<Unprivileged> FindAsync(CancellationToken ct)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return AsIs;

        foreach (var way in new[] { Namespace, Nobody })
        {
            if (await Tool.RunAsync([.. way.Prefix, "true"], ct) is { ExitCode: 0 })
                return way;
        }

        throw new InvalidOperationException("PostgreSQL refuses to run as root, and neither unshare nor setpriv works here: start as a user.");
    }

    public IEnumerable<string> Command(params IEnumerable<string> command) => Prefix.Concat(command);

    /// <summary>Hands over files that were made as another user, or another way.</summary>
    public async Task OwnAsync(IEnumerable<string> paths, CancellationToken ct)
    {
        if (Owner is null)
            return;

        var owned = await Tool.RunAsync(["chown", "-R", Owner, .. paths], ct);
        if (owned is not { ExitCode: 0 })
            throw new InvalidOperationException($"Cannot give PostgreSQL its files: {owned?.Output}");
    }
}
