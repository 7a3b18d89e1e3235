using System.Globalization;
using System.Net;
using System.Text.Json;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>What people do: trigger, and decide what is held.</summary>
internal sealed partial class ChaosDriver
{
#pragma warning disable CA5394 // The same chaos from the same seed.
    private bool TriggerAll() => Do(() =>
    {
        foreach (var place in _panel.AppPlaces)
        {
            if (place.Process is { } process)
                Start(async () => Answers.AddOrUpdate(await AskAsync(process), 1, (_, n) => n + 1));
        }
    });

    private static async Task<string> AskAsync(AppProcess process)
    {
        try
        {
            using var limit = new CancellationTokenSource(AnswerWithin);
            using var answer = await process.Http.PostAsync(OutsidePanel.Trigger, null, limit.Token);
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return "connection lost";
        }
        catch (OperationCanceledException)
        {
            return "no answer in time";
        }
    }

    /// <summary>Decides truthfully: the simulator knows whether a wallet moved. One operator at a time, who waits for the answer.</summary>
    private bool Decide()
    {
        var (at, coin) = (_random.Next(_panel.AppPlaces.Count), _random.Next(2) == 0);
        return Start(async () =>
        {
            await _deciding.WaitAsync();
            try
            {
                if (_panel.AppPlaces[at].Process is { } process)
                    await DecideAsync(process, coin);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
            {
                Decisions.AddOrUpdate("no answer", 1, (_, n) => n + 1);
            }
            finally
            {
                _deciding.Release();
            }
        });
    }

    /// <summary>Credits some of a server's charged hours, rates them anew (some beyond the bounds) or restores them, and asks for what is
    /// owed back by then.</summary>
    private bool Correct()
    {
        var (at, pick, kind, first, hours) = (_random.Next(_panel.AppPlaces.Count), _random.Next(int.MaxValue), _random.Next(6),
            _random.Next(6), _random.Next(1, 12));
        if (Servers.Count == 0 || _panel.AppPlaces[at].Process is not { } process)
            return false;
        var server = Servers[pick % Servers.Count];
        var from = Hour(server.BilledFrom).AddHours(first);
        (string Name, int? Seconds, string? Price, bool? Restore) what = kind switch
        {
            0 => ("credit", 0, null, null),
            1 => ("credit a part of", pick % 3600, null, null),
            2 => ("rate anew", null, "1.5", null),
            3 => ("rate anew beyond the bounds", null, "9999", null),
            _ => ("restore", null, null, true),
        };
        return Start(async () =>
        {
            try
            {
                var (correction, _) = await process.PostAsync($"/api/admin/billing/servers/{server.Id}/corrections",
                    new { fromHour = from, untilHour = from.AddHours(hours), secondsPerHour = what.Seconds, price = what.Price,
                        restore = what.Restore, reason = "chaos" });
                var (refund, _) = await process.PostAsync($"/api/admin/billing/accounts/{server.UserId}/refund", new { reason = "chaos" });
                Decisions.AddOrUpdate($"{what.Name}: {(int)correction}", 1, (_, n) => n + 1);
                Decisions.AddOrUpdate($"refund: {(int)refund}", 1, (_, n) => n + 1);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
            {
                Decisions.AddOrUpdate("no answer", 1, (_, n) => n + 1);
            }
        });
    }

    /// <summary>The panel's engine writes a row of its own, for hours long before ours, and an admin enables again once it is
    /// seen.</summary>
    private bool TakeOverAgain()
    {
        var (at, forLong) = (_random.Next(_panel.AppPlaces.Count), TimeSpan.FromMilliseconds(_random.Next(500, 4000)));
        return Start(async () =>
        {
            await _panel.ExecuteAsync("""
                insert into public.virtfusion_hourly_transactions
                    (billing_id, user_id, server_id, hours_billed, amount_charged, billing_period_start, billing_period_end, status,
                    created_at)
                select id, user_id, server_id, 1, 0.1, now() at time zone 'UTC' - interval '60 days',
                    now() at time zone 'UTC' - interval '59 days', 'completed', now()
                from public.virtfusion_hourly_billing order by id limit 1
                """);
            await Task.Delay(forLong, TimeProvider.System, CancellationToken.None);
            await EnableAsync(at);
        });
    }

    /// <summary>Enables the billing again, as an admin does after another engine was seen.</summary>
    public async Task EnableAsync(int at)
    {
        try
        {
            if (_panel.AppPlaces[at].Process is { } process)
            {
                var (status, _) = await process.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "chaos" });
                Decisions.AddOrUpdate($"take over: {(int)status}", 1, (_, n) => n + 1);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            Decisions.AddOrUpdate("no answer", 1, (_, n) => n + 1);
        }
    }

    private static DateTime Hour(DateTimeOffset instant) => new DateTimeOffset(instant.Ticks - instant.Ticks % TimeSpan.TicksPerHour,
        TimeSpan.Zero).UtcDateTime;

    /// <summary>Approves or rejects everything that is held.</summary>
    public async Task DecideAsync(AppProcess process, bool coin)
    {
        var (status, body) = await process.GetAsync("/api/admin/billing/holds");
        if (status != HttpStatusCode.OK)
            return;
        foreach (var (index, hold) in body["holds"]!.AsArray().Index())
        {
            var id = hold!["id"]!.GetValue<long>();
            await ActAsync(id, coin || index % 2 == 0 ? "approve" : "reject", "tossed a coin");
            // Taken back, it waits for the next decision.
            if (coin && index % 3 == 1)
                await ActAsync(id, "withdraw", "tossed it again");
        }
        (status, body) = await process.GetAsync("/api/admin/billing/debits?state=held&limit=500");
        if (status != HttpStatusCode.OK)
            return;
        foreach (var debit in body["debits"]!.AsArray())
        {
            var id = debit!["id"]!.GetValue<long>();
            var wasTaken = _panel.VirtFusion.Credits.Any(credit => credit.Reference1 == id);
            _panel.Say($"operator: debit {id} was {(wasTaken ? "" : "not ")}taken: {debit["message"]}");
            await ActAsync(id, wasTaken ? "settle" : coin || debit["kind"]!.GetValue<string>() is "grant" or "claw_back" ? "resend"
                : "void", "VirtFusion's list of credits says so");
        }

        async Task ActAsync(long id, string act, string reason)
        {
            var (answer, _) = await process.PostAsync(
                $"/api/admin/billing/{(act is "approve" or "reject" or "withdraw" ? "holds" : "debits")}/{id}/{act}", new { reason });
            Decisions.AddOrUpdate($"{act}: {(int)answer}", 1, (_, n) => n + 1);
        }
    }
#pragma warning restore CA5394
}
