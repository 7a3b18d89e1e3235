using System.Net;
using System.Text;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Chaos;

internal sealed partial class ChaosVerdict
{
    /// <returns>The table to print.</returns>
    public async Task<string> TableAsync(int seed, TimeSpan duration)
    {
        var text = new StringBuilder();
        Line($"seed {seed}, duration {duration:c}, {panel.Apps.Count} processes, {driver.Servers.Count} servers of " +
            $"{ChaosPanel.Users} customers");
        Line($"");
        Line($"{"what was done (VirtFusion's faults: requests struck)",-65} {"times",6}");
        string Tried(string name) => ChaosDriver.IsClock(name) && driver.FakeTime is null
            ? "not tried: libfaketime is not installed" : $"{driver.Counts[name]}";
        foreach (var name in driver.Actions)
            Line($"{name,-65} {Tried(name),6}");
        Section("answers to triggers by hand", driver.Answers.Select(a => (a.Key, (long)a.Value)));
        Section("operators' decisions, by answer", driver.Decisions.Select(d => (d.Key, (long)d.Value)));
        Section("runs", await panel.QueryAsync(
            "select job || ', ' || trigger || ', ' || status, count(*) from cron_service.runs group by 1", row =>
            (row.GetString(0), row.GetInt64(1))));
        Section("debits", _debits.GroupBy(d => d.State).Select(g => (g.Key, (long)g.Count())));
        Section("settled debits", await panel.QueryAsync(
            "select case when credit_id is not null then 'by VirtFusion''s answer' when decided_by is not null then 'by an operator' " +
            "else 'by the balance' end, count(*) from cron_service.debits where state = 'settled' group by 1", row =>
            (row.GetString(0), row.GetInt64(1))));
        Section("holds", await panel.QueryAsync("select scope || ', ' || state, count(*) from cron_service.holds group by 1",
            row => (row.GetString(0), row.GetInt64(1))));
        Section("customers", await CustomersAsync());
        Section("money",
        [
            ("server-hours charged", await panel.ScalarAsync<long>("select count(*) from cron_service.charges")),
            ("tokens taken (VirtFusion)", (long)-panel.VirtFusion.Credits.Sum(c => c.Tokens)),
            ("refunds settled", _debits.Count(d => d is { State: "settled", Tokens: < 0 })),
            ("tokens settled (ledger)", _debits.Where(d => d.State == "settled").Sum(d => d.Tokens)),
            ("corrections posted", await panel.ScalarAsync<long>("select count(*) from cron_service.corrections")),
            ("servers at their monthly cap",
                await panel.ScalarAsync<long>("select count(distinct server_id) from cron_service.server_months where seconds_counted < " +
                "seconds_billed")),
            ("servers compared exactly", driver.Servers.Count(s => !s.IsChanged)),
            ("servers whose hours are bounded (changed), cost exact", driver.Servers.Count(s => s.IsChanged)),
        ]);
        Line($"");
        Line($"held debits: {_debits.Count(d => d.State == "held")}");
        foreach (var debit in _debits.Where(d => d.State == "held"))
            Line($"  debit {debit.Id} of {debit.Tokens} tokens, user {debit.User}, {(Taken(debit.Id) ? "taken" : "not taken")}: " +
                $"{debit.Message}");
        Line($"");
        Line($"laws broken: {_broken.Count}");
        foreach (var law in _broken)
            Line($"  {law}");
        return text.ToString();

        void Line(string line) => text.AppendLine(line);

        void Section(string title, IEnumerable<(string Name, long Count)> rows)
        {
            Line($"");
            Line($"{title,-65} {"count",6}");
            foreach (var (name, count) in rows.OrderBy(row => row.Name, StringComparer.Ordinal))
                Line($"{name,-65} {count,6}");
        }
    }
}
