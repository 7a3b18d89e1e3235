namespace SkyPanel.Demo.Postgres;

/// <summary>Runs PostgreSQL as nobody where it would refuse to run: as root, or as a user without a name, such as in
/// containers.</summary>
internal sealed record Unprivileged(IReadOnlyList<string> Prefix, string? Owner)
{
    private static readonly Unprivileged AsIs = new([], null);

    // A user namespace maps our files to nobody, without chown.
    private static readonly Unprivileged Namespace = new(["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"], "0:0");

    // For containers without namespaces. The capability lets nobody enter private folders such as /root. The secure bit makes
    // access(2), which PostgreSQL calls before it runs its own programs, respect the capability.
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

        throw new EmbeddedPostgresException(
            "PostgreSQL refuses to run as root or nameless, and neither unshare nor setpriv helps here: start as a user.");
    }

    public IEnumerable<string> Command(params IEnumerable<string> command) => Prefix.Concat(command);

    /// <summary>Changes the owner of files made as another user or in another way.</summary>
    public async Task OwnAsync(IEnumerable<string> paths, CancellationToken ct)
    {
        if (Owner is null)
            return;

        var owned = await Tool.RunAsync(["chown", "-R", Owner, .. paths], ct);
        if (owned is not { ExitCode: 0 })
            throw new EmbeddedPostgresException($"Cannot give PostgreSQL its files: {owned?.Output}");
    }
}
