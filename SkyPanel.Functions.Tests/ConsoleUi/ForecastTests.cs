using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The month's income, its forecast, and what other prices would bring.</summary>
public sealed class ForecastTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task Now_shows_the_months_income_by_day_and_what_is_expected_until_its_end()
    {
        await using var page = await bench.OpenAsync("viewer");
        await page.ShowsAsync("expected by the end of the month");
        var month = OutsidePanel.HoursAgo(0);
        var summary = await bench.GetAsync($"/api/admin/billing/summary?groupBy=month&from={month:yyyy-MM}-01");
        var net = decimal.Parse(summary["groups"]![0]!["net"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        await page.ShowsAsync(FormattableString.Invariant($"Charged so far: $ {net:0.00####}"));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Other_prices_are_compared_with_those_in_force()
    {
        await using var page = await bench.OpenAsync("operator", "forecast");
        await page.Page.TypeAsync("[name=priceFactor]", "2");
        await page.Page.TypeAsync("[name=package-1]", "20");
        await page.PressAsync("Compare");
        await page.ShowsAsync("simulated minus in force");
        Assert.Contains("As it is", await page.TextAsync(), StringComparison.Ordinal);
        await page.Page.TypeAsync("[name=priceFactor]", "00000");
        await page.PressAsync("Compare");
        await page.ShowsAsync("priceFactor:");
        Assert.DoesNotContain(page.Complaints, complaint => !complaint.Contains("status of 400", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_month_without_a_forecast_is_offered_one_and_prices_of_another_months_packages_are_not_simulated()
    {
        const string forecast = "/api/admin/billing/forecast";
        var next = $"{OutsidePanel.HoursAgo(0).AddDays(1 - OutsidePanel.HoursAgo(0).Day).AddMonths(1):yyyy-MM}";
        await using var page = await bench.OpenAsync("operator", "forecast");
        await page.Page.EvaluateExpressionAsync(ListsTests.Hurry);
        await page.Page.TypeAsync("[name=package-1]", "20");
        await page.Page.SelectAsync("form.filters select", next);
        await page.ShowsAsync($"No forecast of {next} was computed yet.");
        var between = await Interference.WithAsync(page.Page);
        var isAnswered = new TaskCompletionSource();
        between.Hold("GET", forecast, isAnswered.Task);
        await page.Page.WaitForRequestAsync(request => new Uri(request.Url).AbsolutePath == forecast);
        Assert.True(await page.HasButtonAsync("Compute"));
        isAnswered.SetResult();
        var simulated = page.Page.WaitForRequestAsync(
            request => request.Url.Contains("/api/admin/billing/simulations", StringComparison.Ordinal));
        await page.PressAsync("Compare");
        Assert.Equal($"{{\"month\":\"{next}\",\"prices\":[]}}", (await simulated).PostData?.ToString());
        await page.ShowsAsync("simulated minus in force");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_forecast_from_before_a_months_end_is_not_shown_as_its_result()
    {
        var last = $"{OutsidePanel.HoursAgo(0).AddDays(1 - OutsidePanel.HoursAgo(0).Day).AddMonths(-1):yyyy-MM}";
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.forecasts (month, computed_at, forecast)
            select @last, computed_at, jsonb_set(forecast::jsonb, '{month}', to_jsonb(@last))::json from cron_service.forecasts limit 1
            """, ("last", last));
        await using var page = await bench.OpenAsync("viewer");
        await page.Page.EvaluateFunctionAsync("hash => { location.hash = hash; }", $"#/forecast?month={last}");
        await page.ShowsAsync($"{last} is over, and its forecast was computed before its end.");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_viewer_sees_the_forecast_and_no_form()
    {
        await using var page = await bench.OpenAsync("viewer", "forecast");
        await page.ShowsAsync("needs the role operator");
        Assert.False(await page.HasButtonAsync("Compare"));
    }

    [Fact]
    public async Task A_key_in_the_address_of_an_open_page_logs_in_with_it()
    {
        await using var page = await bench.OpenAsync("viewer", "runs");
        await page.Page.EvaluateFunctionAsync("key => { location.hash = `key=${key}`; }", bench.KeyOf("admin"));
        await page.ShowsAsync("admin ·");
        Assert.DoesNotContain(bench.KeyOf("admin"), page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }
}
