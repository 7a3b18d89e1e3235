using System.Globalization;
using System.Net;
using System.Text.Json;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>Actions of people: triggers, and decisions about what is held.</summary>
internal sealed partial class ChaosDriver
{
#pragma warning disable CA5394 // The random numbers must follow from the seed.
    private bool TriggerAll() => Do(() =>
    {
        foreach (var app in _panel.Apps)
        {
            if (app.Process is { } process)
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

    /// <summary>Decides held debits correctly, since the simulator knows whether a wallet moved. One operator at a time waits for the
    /// answer.</summary>
    private bool Decide()
    {
        var (at, coin) = (_random.Next(_panel.Apps.Count), _random.Next(2) == 0);
        return Start(async () =>
        {
            await _deciding.WaitAsync();
            try
            {
                if (_panel.Apps[at].Process is { } process)
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

    /// <summary>Corrects some of a server's charged hours (credits, other prices beyond the bounds at times, or restores), and refunds what
    /// is then owed back.</summary>
    private bool Correct()
    {
        var (at, pick, kind, first, hours) = (_random.Next(_panel.Apps.Count), _random.Next(int.MaxValue), _random.Next(6),
            _random.Next(6), _random.Next(1, 12));
        if (Servers.Count == 0 || _panel.Apps[at].Process is not { } process)
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

    /// <summary>Writes a row as the panel's engine does, for hours long before the first billed one. An admin enables billing again once
    /// the row is noticed.</summary>
    private bool TakeOverAgain()
    {
        var (at, forLong) = (_random.Next(_panel.Apps.Count), TimeSpan.FromMilliseconds(_random.Next(500, 4000)));
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

    /// <summary>Enables billing again, as an admin does after another engine was noticed.</summary>
    public async Task EnableAsync(int at)
    {
        try
        {
            if (_panel.Apps[at].Process is { } process)
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
            // A withdrawn hold waits for the next decision.
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

        async Task ActAsync(long id, string decision, string reason)
        {
            var list = decision is "approve" or "reject" or "withdraw" ? "holds" : "debits";
            var (answer, _) = await process.PostAsync($"/api/admin/billing/{list}/{id}/{decision}", new { reason });
            Decisions.AddOrUpdate($"{decision}: {(int)answer}", 1, (_, n) => n + 1);
        }
    }
#pragma warning restore CA5394
}
