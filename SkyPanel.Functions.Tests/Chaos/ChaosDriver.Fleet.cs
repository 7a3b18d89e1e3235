using System.Globalization;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Actions on servers and wallets: enrolments, changes, and movements of wallets by others.</summary>
internal sealed partial class ChaosDriver
{
#pragma warning disable CA5394 // The random numbers must follow from the seed.
    /// <summary>Enrols a server that has run for a while. It is added to VirtFusion first, so that the enrolment is never
    /// incomplete.</summary>
    public bool Enrol(int fewestHours, int mostHours)
    {
        var now = TimeProvider.System.GetUtcNow();
        var since = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, TimeSpan.Zero)
            .AddSeconds(-_random.Next(fewestHours * 3600, mostHours * 3600));
        var isNew = fewestHours < 20 && _random.Next(4) == 0; // Never billed by the panel: billing begins after the prepaid first hour.
        return Enrol(new(++_lastServer, 1 + _random.Next(ChaosPanel.Users), Prices[_random.Next(Prices.Length)],
            BasisHours[_random.Next(BasisHours.Length)], isNew ? since.AddHours(1) : since), since, isNew);
    }

    /// <summary>Enrols a server whose ten hours cost some tokens and exceed no bound, so that its debit isn't held.</summary>
    public void EnrolFirst()
    {
        var now = TimeProvider.System.GetUtcNow();
        var since = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddHours(-10);
        Enrol(new(++_lastServer, ChaosPanel.Users, 50, 730, since), since, isNew: false);
    }

    private bool Enrol(ChaosServer server, DateTimeOffset since, bool isNew)
    {
        server.IsChanged = server.UserId <= Poor;
        _panel.VirtFusion.AddServer(server.Id, 100 + server.UserId, isNew ? since : since.AddHours(-_random.Next(1, 500)));
        Servers.Add(server);
        return Start(() => _panel.ExecuteAsync("""
            insert into public.virtfusion_hourly_billing
                (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, hours_in_month,
                last_billed_at, server_created_at)
            select @user, @server, @server, 1, 'Plan', @price, 0, @basis, @billed::timestamp, @created::timestamp
            where not exists (select from public.virtfusion_hourly_billing where server_id = @server)
            """, ("user", server.UserId), ("server", server.Id), ("price", server.Price), ("basis", server.BasisHours),
            ("billed", isNew ? null : Zoneless(since)), ("created", isNew ? Zoneless(since) : null)));
    }

    private static DateTime Zoneless(DateTimeOffset instant) => DateTime.SpecifyKind(instant.UtcDateTime, DateTimeKind.Unspecified);

    private bool ChangeServer()
    {
        var (pick, what) = (_random.Next(int.MaxValue), _random.Next(5));
        var candidates = Servers.Where(server => !server.IsDeleted && server.Id > 1).ToList();
        if (candidates.Count == 0)
            return false;
        var server = candidates[pick % candidates.Count];
        server.IsChanged = true;
        switch (what)
        {
            case 0 or 1 when server.IsSuspended:
                _panel.VirtFusion.Unsuspend(server.Id);
                server.IsSuspended = false;
                return true;
            case 0 or 1:
                _panel.VirtFusion.Suspend(server.Id);
                return server.IsSuspended = true;
            case 2:
                _panel.VirtFusion.Delete(server.Id);
                return server.IsDeleted = true;
            case 3:
                var price = Prices[pick % Prices.Length];
                server.HighestPrice = Math.Max(server.HighestPrice, price);
                return Start(() => _panel.ExecuteAsync(
                    "update public.virtfusion_hourly_billing set monthly_price = @price where server_id = @server", ("price", price),
                    ("server", server.Id)));
            default:
                server.IsDeleted = true;
                return Start(() => _panel.ExecuteAsync("delete from public.virtfusion_hourly_billing where server_id = @server",
                    ("server", server.Id)));
        }
    }

    private bool TopUp() => TopUp(1 + _random.Next(ChaosPanel.Users), 5_000_000 + _random.Next(1_000_000));

    // More than any debit takes, since two movements of a wallet that cancel each other out are undetectable.
    private bool TopUp(int user, int tokens)
    {
        _panel.VirtFusion.ShiftWallet(user, tokens);
        TopUps.AddOrUpdate(user, tokens, (_, before) => before + tokens);
        return true;
    }

    // Then the balance proves nothing, and a person must decide.
    private bool LoseAnswerAndTopUp(Fault fault)
    {
        var tokens = 5_000_000 + _random.Next(1_000_000);
        return Spoil(Credit, fault, "POST", times: 1, () => Start(async () =>
        {
            await Task.Delay(TopUpAfter, TimeProvider.System, CancellationToken.None);
            if (_panel.VirtFusion.Requests.Received.LastOrDefault(request =>
                request.PathAndQuery.StartsWith(Credit, StringComparison.Ordinal)) is { } order)
                TopUp(int.Parse(order.PathAndQuery.Split('/')[^1], CultureInfo.InvariantCulture), tokens);
        }));
    }
#pragma warning restore CA5394
}
