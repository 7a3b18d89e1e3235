using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Health;

/// <summary>Examines the database: version, pooler, clock, rights, migrations, and whether settings persist.</summary>
public sealed class DatabaseFindings(NpgsqlDataSource database, TimeProvider time)
{
    private const string MigrationsSql = "select scriptname from cron_service.migrations";

    private const string RightsSql = """
        select t.name || ': ' || string_agg(r.privilege, ', ' order by r.privilege)
        from (values ('users', array['SELECT']), ('settings', array['SELECT', 'INSERT', 'UPDATE']), ('package_pricing', array['SELECT']),
                     ('virtfusion_hourly_billing', array['SELECT', 'UPDATE']),
                     ('server_hourly_billing_settings', array['SELECT', 'INSERT', 'UPDATE']),
                     ('virtfusion_hourly_transactions', array['SELECT', 'INSERT']), ('transactions', array['SELECT', 'INSERT']),
                     ('notifications', array['SELECT', 'INSERT']), ('virtfusion_cron_settings', array['SELECT'])) as t(name, privileges)
        cross join lateral (
            select privilege from unnest(t.privileges) as p(privilege) where not has_table_privilege('public.' || t.name, privilege)
            union all select 'BYPASSRLS' where row_security_active(to_regclass('public.' || t.name)::oid)
        ) as r
        where to_regclass('public.' || t.name) is not null
        group by t.name order by t.name
        """;

    // Without the row, the last stored settings stay in force. The status uses the same words.
    private const string InForceSql = """
        select format('In force: %L, %s hours a month.', schedule, coalesce(hours_per_month, 730)) from cron_service.jobs
            where job = 'hourly-billing' and schedule is not null
        """;

    // The switch is toggled in a transaction that is always rolled back, so nobody else sees it. The other columns may be absent.
    private const string ToggleSql = """
        with wanted as (
            select not coalesce(bool_or(cron_enabled), false) as is_enabled from public.server_hourly_billing_settings
        ), turned as (
            update public.server_hourly_billing_settings s set cron_enabled = w.is_enabled from wanted w
            returning s.cron_enabled is not distinct from w.is_enabled as is_kept
        )
        select bool_and(is_kept) from turned
        """;

    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        Server server;
        try
        {
            server = await Server.ReadAsync(database, time, ct);
        }
        catch (NpgsqlException e) // Down, starting, full, or it takes the password no more.
        {
            return [Finding.Failing($"The database can't be used: {e.Message}",
                "Check that it runs, its address and the password in ConnectionStrings:SkyPanel, and the network between.")
                with { Name = "database" }];
        }
        return
        [
            server.Database() with { Name = "database" }, server.Pooler() with { Name = "pooler" }, server.Clock() with { Name = "clock" },
            await Finding.TryAsync("panel", PanelAsync, ct),
            await Finding.TryAsync("rights", _ => RightsAsync(server, ct), ct),
            await Finding.TryAsync("migrations", MigrationsAsync, ct),
            await Finding.TryAsync("settings", SettingsAsync, ct),
        ];
    }

    private async Task<Finding> PanelAsync(CancellationToken ct)
    {
        var shape = await PanelShape.CompareAsync(database, ct);
        if (shape.Missing.Count + shape.Wrong.Count > 0)
            return Finding.Failing($"Nothing can be billed: " +
                $"{string.Join("; ", [.. shape.Missing.Select(table => $"public.{table} is missing"), .. shape.Wrong])}.",
                "Point ConnectionStrings:SkyPanel at the panel's database, or restore its tables.");
        if (shape.Foreign.Count > 0)
            return Finding.Warning($"Tables that aren't the panel's are passed over: {string.Join("; ", shape.Foreign)}.",
                "Nothing, if the panel works without them.");
        return Finding.Ok(shape.Absent.Count == 0 ? "The panel's tables are as they should be."
            : $"The panel's tables are as they should be; it has no {string.Join(", ", shape.Absent)}, which it can do without.");
    }

    private async Task<Finding> RightsAsync(Server server, CancellationToken ct)
    {
        var missing = await database.QueryAsync<string>(RightsSql, ct);
        if (missing.Count > 0)
            return Finding.Failing($"The app's role lacks rights on the panel's tables: {string.Join("; ", missing)}.",
                "Grant them: without, nothing is billed, or the panel isn't told what was.");
        return server.MayMigrate ? Finding.Ok("The app's role may do all that it does.")
            : Finding.Failing("The app's role may not create in the schema cron_service.",
                "Grant it, or the next version can't migrate.");
    }

    private async Task<Finding> MigrationsAsync(CancellationToken ct)
    {
        var run = await database.QueryAsync<string>(MigrationsSql, ct);
        var here = Migrator.Scripts;
        return here.Except(run).ToArray() is { Length: > 0 } missing
                ? Finding.Failing($"{missing.Length} scripts of this build were not run: {string.Join(", ", missing)}.",
                    "Restart the app: it runs them at its start.")
            : run.Except(here).ToArray() is { Length: > 0 } newer
                ? Finding.Warning($"{newer.Length} scripts are unknown to this build: a newer one has run here.",
                    "Run the newest build on all instances.")
            : Finding.Ok($"All {here.Count} scripts were run.");
    }

    private async Task<Finding> SettingsAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        try
        {
            if (await connection.ScalarAsync<bool?>(ToggleSql, ct) is not { } isKept)
            {
                var inForce = await connection.FindAsync<string>(InForceSql, ct)
                    ?? "The defaults hold.";
                return Finding.Warning($"server_hourly_billing_settings has no row. {inForce}",
                    "Store settings over HTTP once: that makes it.");
            }
            return isKept ? Finding.Ok("Settings are saved and read back; the switch turns.")
                : Finding.Failing("Settings are saved and not kept: something in the database changes them back.",
                    "Look for triggers on server_hourly_billing_settings.");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return Finding.Ok("The panel has no server_hourly_billing_settings: settings are stored in cron_service.jobs alone.");
        }
        catch (PostgresException e) // Refused: that is the finding.
        {
            return Finding.Failing($"Settings can't be saved: {e.MessageText}.",
                "Grant the app's role what it lacks, or look for triggers.");
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
    }
}
