using System.Text.Json;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.WhatIf;

namespace SkyPanel.Functions.Tests.Http;

public sealed class MoneyTextTests
{
    // A program that compares two answers as text must not see a difference that is none.
    [Theory]
    [InlineData("0", "0.000000")]
    [InlineData("0.000000", "0.000000")]
    [InlineData("5", "5.000000")]
    [InlineData("-4.9315", "-4.931500")]
    [InlineData("4.931507", "4.931507")]
    public void An_amount_has_all_its_decimals_wherever_it_came_from(string amount, string text)
    {
        var money = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(text, Json(new TriggerResult(0, 0, money, 0, [], null, null)).GetProperty("totalBilled").GetString());
        Assert.Equal(text, Json(new ExplainedTransfer(1, money)).GetProperty("amount").GetString());
    }

    [Fact]
    public void What_is_absent_stays_so_and_seconds_and_tokens_stay_as_they_are()
    {
        Assert.Equal(JsonValueKind.Null, Json(new ExplainedTransfer(null, null)).GetProperty("amount").ValueKind);

        var line = Json(new ChargeLine(DateTime.UnixEpoch, 1m, 3600, 3600m, 1, 1, 73m, 730, true, null));
        Assert.Equal(("1.000000", "3600", "73.000000"), (line.GetProperty("amount").GetString(), line.GetProperty("secondsCounted")
            .GetString(), line.GetProperty("price").GetString()));
        Assert.Equal("100000.5", Json(new { BalanceBeforeTokens = (decimal?)100000.5m }).GetProperty("balanceBeforeTokens").GetString());
    }

    [Theory]
    [InlineData("1.1", true)]
    [InlineData("\"1.1\"", true)]
    [InlineData("1.1e0", false)]
    [InlineData("1e999999", false)]
    [InlineData("\"1,1\"", false)]
    [InlineData("true", false)]
    public void A_factor_is_no_money_and_may_be_a_number(string json, bool isRead)
    {
        SimulationBody? Read() => JsonSerializer.Deserialize<SimulationBody>($"{{\"priceFactor\":{json}}}", ApiJson.Options);
        if (isRead)
            Assert.Equal(1.1m, Read()!.PriceFactor);
        else
            Assert.ThrowsAny<JsonException>(Read);
    }

    private static JsonElement Json<T>(T answer) => JsonSerializer.SerializeToElement(answer, ApiJson.Options);
}
