namespace SkyPanel.Demo.Postgres;

/// <summary>PostgreSQL refuses to run as root, and initdb as a user without a name; containers and build machines have
/// both. There it runs as nobody.</summary>
internal sealed record Unprivileged(IReadOnlyList<string> Prefix, string? Owner)
{
    private static readonly Unprivileged AsIs = new([], null);

    // A user namespace needs no chown: our files are nobody's in there, and stay ours out here.
    private static readonly Unprivileged Namespace = new(["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"], "0:0");

    // For containers that may not make namespaces. The capability lets nobody pass through folders closed to others, as
    // /root is; the secure bit makes access(2), which PostgreSQL asks before it runs its own programs, heed the capability.
    private static readonly Unprivileged Nobody = new(
        [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup", "--",
        ],
        "65534:65534");

    public static async Task<Unprivileged> FindAsync(CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            return AsIs;

        Unprivileged[] ways = Environment.IsPrivilegedProcess ? [Namespace, Nobody] : [AsIs, Namespace with { Owner = null }];
        foreach (var way in ways)
        {
            if (await Tool.RunAsync(way.Command("id", "-un"), ct) is { ExitCode: 0 })
                return way;
        }

        throw new InvalidOperationException(
            "PostgreSQL refuses to run as root or nameless, and neither unshare nor setpriv helps here: start as a user.");
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
