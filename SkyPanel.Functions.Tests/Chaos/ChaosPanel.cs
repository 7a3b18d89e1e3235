using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Postgres;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>The driver's record of a server, from which its cost is computed without the app.</summary>
internal sealed record ChaosServer(int Id, int UserId, decimal Price, int BasisHours, DateTimeOffset BilledFrom)
{
    /// <summary>The highest price that the server ever had, as an upper bound of its cost.</summary>
    public decimal HighestPrice { get; set; } = Price;

    /// <summary>True if the server was suspended, deleted, repriced or unenrolled at some time: then its cost has only an upper
    /// bound.</summary>
    public bool IsChanged { get; set; }

    public bool IsDeleted { get; set; }
    public bool IsSuspended { get; set; }
}

/// <summary>A slot for a process of the app. Whenever the process ends, the driver starts a new one.</summary>
internal sealed class ChaosApp(int number)
{
    public int Number => number;
    public AppProcess? Process { get; set; }

    /// <summary>True while the process is frozen, stopping or starting: it gets no further fault.</summary>
    public bool IsBusy { get; set; }
}

/// <summary>A database server, a simulated VirtFusion and several processes of the app, connected by networks that can be cut.</summary>
internal sealed class ChaosPanel : IAsyncDisposable
{
    public const int Users = 10, FirstTokens = 1_000_000, MaxAttempts = 2;
    private const int AppCount = 3;
    private const string DatabaseName = "chaos";
    private static readonly TimeSpan DatabaseBackWithin = TimeSpan.FromSeconds(90), StartsWithin = TimeSpan.FromMinutes(2),
        RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly SemaphoreSlim _restarting = new(1);

    private ChaosPanel(string folder, EmbeddedPostgres postgres, VirtFusionSimulator virtFusion, PayPalSimulator payPal)
    {
        (_folder, Postgres, VirtFusion, PayPal) = (folder, postgres, virtFusion, payPal);
        ToPostgres = new(postgres.Port);
        ToVirtFusion = new(virtFusion.BaseAddress.Port);
    }

    public EmbeddedPostgres Postgres { get; }
    public VirtFusionSimulator VirtFusion { get; }
    public PayPalSimulator PayPal { get; }
    public TcpForwarder ToPostgres { get; }
    public TcpForwarder ToVirtFusion { get; }
    public IReadOnlyList<ChaosApp> Apps { get; } = [.. Enumerable.Range(1, AppCount).Select(number => new ChaosApp(number))];

    /// <summary>The output of the processes, and the actions on them.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public static async Task<ChaosPanel> StartAsync(int seed)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local", $"tests-chaos-{Environment.ProcessId}");
        // Durable, since commits must survive a crash.
        var postgres = await EmbeddedPostgres.StartAsync(folder, ct);
        await postgres.CreateDatabaseAsync(DatabaseName, ct);
        var connectionString = new NpgsqlConnectionStringBuilder(
            postgres.ConnectionString(DatabaseName)) { Pooling = false }.ConnectionString;
        await Migrator.MigrateAsync(connectionString, ct);
        await PanelSchema.CreateAsync(connectionString, ct);
        var panel = new ChaosPanel(folder, postgres, await VirtFusionSimulator.StartAsync(new() { Seed = seed }, ct),
            await PayPalSimulator.StartAsync(ct: ct));
        for (var user = 1; user <= Users; user++)
        {
            await panel.ExecuteAsync("insert into public.users (id, email, username, full_name, virtfusion_id) values (@id, 'u' || @id, " +
                "'u' || @id, 'User ' || @id, 100 + @id)", ("id", user));
            panel.VirtFusion.AddUser(user, 100 + user, FirstTokens);
        }
        return panel;
    }

    public void Say(string what) =>
        Log.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {what}"));

    /// <summary>Starts a process in a slot, and retries while the database or the network is unavailable.</summary>
    public async Task StartAsync(ChaosApp app, params (string Name, string Value)[] settings)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                app.Process = await AppProcess.StartAsync([.. AppSettings(), .. settings]);
                Say($"app {app.Number} started{string.Concat(settings.Select(s => $" {s.Name}={s.Value}"))}");
                return;
            }
            catch (Exception e) when (TimeProvider.System.GetElapsedTime(since) < StartsWithin
                && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Say($"app {app.Number} did not start: {e.Message.Split('\n')[0]}");
                await Task.Delay(RetryAfter, TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>Removes a process that ended, and keeps its output.</summary>
    public async Task RemoveAsync(ChaosApp app)
    {
        if (app.Process is not { } process)
            return;
        app.Process = null;
        Log.Enqueue($"--- app {app.Number} wrote:\n{process.Output}\n{string.Join('\n', process.Errors)}\n---");
        await process.DisposeAsync();
    }

    /// <summary>Crashes or stops the database server, and starts it on another port.</summary>
    public async Task RestartPostgresAsync(bool immediate)
    {
        await _restarting.WaitAsync();
        try
        {
            await Postgres.RestartAsync(immediate, CancellationToken.None);
            ToPostgres.Target = Postgres.Port;
        }
        finally
        {
            _restarting.Release();
        }
    }

    public Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters) =>
        WithDatabaseAsync(sql, parameters, command => command.ExecuteNonQueryAsync());

    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params (string Name, object? Value)[] parameters) =>
        WithDatabaseAsync(sql, parameters, async command =>
        {
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<T>();
            while (await reader.ReadAsync())
                rows.Add(read(reader));
            return rows;
        });

    public async Task<T> ScalarAsync<T>(string sql, params (string Name, object? Value)[] parameters) =>
        (await QueryAsync(sql, row => row.GetFieldValue<T>(0), parameters))[0];

    public async ValueTask DisposeAsync()
    {
        foreach (var app in Apps)
            await RemoveAsync(app);
        await ToPostgres.DisposeAsync();
        await ToVirtFusion.DisposeAsync();
        await VirtFusion.DisposeAsync();
        await PayPal.DisposeAsync();
        await Postgres.DisposeAsync();
        await EmbeddedPostgres.DiscardAsync(_folder, CancellationToken.None);
        _restarting.Dispose();
    }

    // Bypasses the networks that can be cut, and retries while the server is unavailable; every statement here may be repeated.
    private async Task<T> WithDatabaseAsync<T>(string sql, (string Name, object? Value)[] parameters, Func<NpgsqlCommand, Task<T>> run)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                var to = new NpgsqlConnectionStringBuilder(Postgres.ConnectionString(DatabaseName)) { Pooling = false, Timezone = "UTC",
                    ApplicationName = "chaos" };
                await using var connection = new NpgsqlConnection(to.ConnectionString);
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand(sql, connection);
                foreach (var (name, value) in parameters)
                    command.Parameters.AddWithValue(name, value ?? DBNull.Value);
                return await run(command);
            }
            catch (NpgsqlException e) when ((e is not PostgresException p || p.IsTransient
                || p.SqlState.StartsWith("57", StringComparison.Ordinal))
                && TimeProvider.System.GetElapsedTime(since) < DatabaseBackWithin)
            {
                await Task.Delay(RetryAfter, TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    private IEnumerable<(string Name, string Value)> AppSettings() =>
    [
        ("ConnectionStrings__SkyPanel", new NpgsqlConnectionStringBuilder(Postgres.ConnectionString(DatabaseName)) { Port = ToPostgres.Port,
            MaxPoolSize = 20 }.ConnectionString),
        ("VirtFusion__BaseUrl", new UriBuilder(VirtFusion.BaseAddress) { Port = ToVirtFusion.Port }.Uri.ToString()),
        ("VirtFusion__ApiToken", VirtFusion.ApiToken),
        ("PayPal__BaseUrl", PayPal.Address),
        ("PayPal__ClientId", PayPalSimulator.ClientId),
        ("PayPal__ClientSecret", PayPalSimulator.ClientSecret),
        ("Public__BaseUrl", "https://billing.example"),
        ("VirtFusion__RequestsPerSecond", "10000"),
        ("Billing__MaxAmountPerAccount", "12"),
        ("Billing__MaxAmountPerRun", "40"),
        ("Wallet__InDoubtWait", "00:00:01"),
        ("Wallet__ClaimTime", "00:00:05"),
        ("Wallet__MaxAttempts", MaxAttempts.ToString(CultureInfo.InvariantCulture)),
        ("Jobs__LeaseTimeToLive", "00:00:05"),
        ("Cron__Heartbeat__Schedule", "*/5 * * * * *"),
        ("Cron__HourlyBilling__Schedule", "* * * * *"),
        ("LocalHost__SchedulesFile", Path.Combine(Path.GetTempPath(), $"{DatabaseName}.schedules.json")),
        ("Admin__BootstrapKey", AppProcess.AdminKey),
        ("DOTNET_gcServer", "0"),
    ];
}
