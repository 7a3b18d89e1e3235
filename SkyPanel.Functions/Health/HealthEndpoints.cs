using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Health;

public static class HealthEndpoints
{
    public const string LiveRoute = "api/health";
    public const string ReadyRoute = "api/health/ready";

    private const string ReadySql = "select count(*)::integer from cron_service.migrations";

    /// <summary>200 while the process answers.</summary>
    public static Task<IResult> LiveAsync() => Task.FromResult(AdminJson.Ok(new HealthAnswer("ok")));

    /// <summary>200 when the database answers and is migrated, else 503: also while a stored setting can't be read, or it couldn't be set anew.</summary>
    public static async Task<IResult> ReadyAsync(NpgsqlDataSource database, SecretStore secrets, CancellationToken ct)
    {
        try
        {
            var migrations = (await database.QueryAsync(ReadySql, row => row.GetInt32(0), ct))[0];
            return AdminJson.Ok(new ReadyAnswer("ready", "ok", migrations, (await secrets.LookAsync(ct)).Unreadable));
        }
        catch (NpgsqlException) // What exactly is wrong is for the log and the doctor, not for everybody.
        {
            return Problem.Unavailable();
        }
    }
}

/// <summary>The process answers.</summary>
public sealed record HealthAnswer(string Status);

/// <summary>The process can work.</summary>
/// <param name="Migrations">How many scripts the database has seen.</param>
/// <param name="UnreadableSettings">Stored settings that can't be decrypted: what needs them isn't done until they are set anew or removed, unless configuration has it.</param>
public sealed record ReadyAnswer(string Status, string Database, int Migrations, IReadOnlyList<string> UnreadableSettings);
