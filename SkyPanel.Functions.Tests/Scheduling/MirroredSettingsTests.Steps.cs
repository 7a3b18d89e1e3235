using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Scheduling;

public sealed partial class MirroredSettingsTests
{
    private async Task<(bool Enabled, string Schedule, string Zone, int Hours, string? Alert)> ReadAsync()
    {
        var read = await settings.ReadAsync(TestContext.Current.CancellationToken);
        return (read.Enabled, read.Schedule.Expression, read.Schedule.TimeZone, read.HoursPerMonth, read.Alert);
    }

    private Task TakeOverAsync(string schedule) => WriteAsync(true, schedule);

    private Task WriteAsync(bool? asked, string schedule) => database.InOneAsync(change =>
        settings.WriteAsync(change.Connection!, new(asked ?? true, asked, Schedule.Parse(schedule), 730, null, TestPanel.Ann),
            TestContext.Current.CancellationToken));

    private Task<int> SetKeyAsync(string key, string value) =>
        database.ExecuteAsync("insert into public.settings (key, value) values (@key, @value) on conflict (key) do update set value = " +
            "excluded.value", ("key", key), ("value", value));

    private Task<string?> RowAsync() =>
        database.ScalarAsync<string>("select concat_ws(' ', cron_enabled::text, cron_schedule, hours_per_month) from " +
            "public.server_hourly_billing_settings");

    private Task<string?> KeysAsync() => database.ScalarAsync<string>("""
        select concat_ws(' ', coalesce(max(value) filter (where key = 'server_hourly_billing_enabled'), '-'),
            coalesce(max(value) filter (where key = 'server_hourly_billing_cron_schedule'), '-'),
                coalesce(max(value) filter (where key = 'server_hours_per_month'), '-'))
        from public.settings
        """);

    private Task<long> AuditAsync() => database.ScalarAsync<long>("select count(*) from cron_service.audit where action = 'sync-settings'");

    /// <summary>Seconds ago.</summary>
    private async Task<double> SinceAsync()
    {
        var read = await settings.ReadAsync(TestContext.Current.CancellationToken);
        return (TimeProvider.System.GetUtcNow() - read.Since).TotalSeconds;
    }
}
