using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace SkyPanel.Demo.Postgres;

/// <summary>Finds the running server of <c>postmaster.pid</c>. The file may be left by a killed server, its process id may be reused,
/// and a copied folder has a copy of it. So the folder gets a secret that only its own server can
/// read back.</summary>
internal sealed class Postmaster
{
    private const string SecretFile = "skypanel_secret";
    private const string ReadSecretSql = $"select pg_read_file('{SecretFile}', 0, 32, true)";
    private const string WrongPasswordClass = "28";
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly string _secret = RandomNumberGenerator.GetHexString(32);
    private readonly int _processId;

    private Postmaster(string data, int processId, int port)
    {
        _processId = processId;
        Port = port;
        File.WriteAllText(Path.Combine(data, SecretFile), _secret);
    }

    public int Port { get; }

    /// <returns>Null when the file doesn't exist or is incomplete.</returns>
    public static Postmaster? Find(string data)
    {
        var file = Path.Combine(data, "postmaster.pid");
        return File.Exists(file)
            && File.ReadAllLines(file) is [var process, _, _, var port, ..]
            && int.TryParse(process, CultureInfo.InvariantCulture, out var id)
            && int.TryParse(port, CultureInfo.InvariantCulture, out var number)
            ? new(data, id, number)
            : null;
    }

    /// <returns>Whether this folder's server answers; null when none does within 10 seconds.</returns>
    public async Task<bool?> AnswersAsync(string connectionString, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (IsRunning())
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(ct);
                await using var read = new NpgsqlCommand(ReadSecretSql, connection);
                return await read.ExecuteScalarAsync(ct) is string answer && answer == _secret;
            }
            // Another server, with another password.
            catch (PostgresException stranger) when (stranger.SqlState.StartsWith(WrongPasswordClass, StringComparison.Ordinal))
            {
                return false;
            }
            catch (NpgsqlException) // The server may be starting or recovering.
            {
                if (TimeProvider.System.GetElapsedTime(since) > AnswersWithin)
                    return null;
            }

            await Task.Delay(RetryAfter, TimeProvider.System, ct);
        }

        return null;
    }

    /// <returns>False only when the process is certainly not this folder's server.</returns>
    public bool IsRunning()
    {
        try
        {
            using var process = Process.GetProcessById(_processId);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) && (!OperatingSystem.IsLinux() || RunsHere());
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    // The current folder of a server is its data folder. A zombie process has none.
    private bool RunsHere()
    {
        try
        {
            return File.ReadAllText($"/proc/{_processId}/cwd/{SecretFile}") == _secret;
        }
        catch (UnauthorizedAccessException) // A process of another user: perhaps this server.
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
