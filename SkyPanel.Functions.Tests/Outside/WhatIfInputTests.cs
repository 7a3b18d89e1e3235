using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class WhatIfInputTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    [Theory]
    [InlineData("GET", "/api/admin/billing/forecast?month=March", null, "month")]
    [InlineData("GET", "/api/admin/billing/forecast?month=1999-12", null, "month")]
    [InlineData("GET", "/api/admin/billing/forecast?limit=0", null, "limit")]
    [InlineData("GET", "/api/admin/billing/drift?limit=1001", null, "limit")]
    [InlineData("GET", "/api/admin/billing/shadow?from=yesterday", null, "from")]
    [InlineData("GET", "/api/admin/billing/shadow?format=xml", null, "format")]
    [InlineData("GET", "/api/admin/billing/repair?from=2026-03-02&to=2026-03-01", null, "to")]
    [InlineData("POST", "/api/admin/billing/repair/1", "{}", "reason")]
    [InlineData("POST", "/api/admin/billing/repair/1", """{"reason":"why","remaining":"0.0000001"}""", "remaining")]
    [InlineData("GET", "/api/admin/billing/drift?from=2026-03-02&to=2026-03-01", null, "to")]
    [InlineData("GET", "/api/admin/billing/drift?list=wallets", null, "list")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"month":"2026-13"}""", "month")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"month":""}""", "month")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"priceFactor":"0"}""", "priceFactor")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"priceFactor":"-1"}""", "priceFactor")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"priceFactor":"1000000000"}""", "priceFactor")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"priceFactor":1e9}""", "priceFactor")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[null]}""", "prices")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[{"packageId":1}]}""", "prices")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[{"packageId":1,"serverId":1,"price":"1"}]}""", "prices")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[{"serverId":987654,"price":"1"}]}""", "prices")]
    [InlineData("POST", "/api/admin/billing/simulations?format=xml", "{}", "format")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[{"packageId":1,"price":"1"},{"packageId":1,"price":"2"}]}""",
        "prices")]
    [InlineData("POST", "/api/admin/billing/simulations", """{"prices":[{"packageId":987654,"price":"1"}]}""", "prices")]
    public async Task A_mistake_is_answered_with_the_field_and_what_is_allowed(string method, string path, string? json, string field)
    {
        var app = await panel.SharedAppAsync();
        using var request = new HttpRequestMessage(new(method), path) { Content = json is null ? null : new StringContent(json) };
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal((HttpStatusCode.BadRequest, field), (response.StatusCode, body["field"]!.GetValue<string>()));
        Assert.StartsWith(field, body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
