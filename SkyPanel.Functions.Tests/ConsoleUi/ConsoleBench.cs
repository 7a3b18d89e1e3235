using System.Net;
using System.Text.Json.Nodes;
using PuppeteerSharp;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.Http;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;
using SkyPanel.Functions.Tests.WhatIf;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The app with a fleet that has something to show on each page, a key for each role, and a browser.</summary>
public sealed class ConsoleBench : IAsyncLifetime
{
    /// <summary>A name that breaks a page which shows it as anything but text.</summary>
    public const string HostileName = "<img src=x onerror=alert(1)>\"'&lt; \u202eelpmaxe";

    public static readonly string[] Roles = ["viewer", "operator", "admin"];

    private readonly Dictionary<string, string> _keys = [];
    private PayPalSimulator _payPal = null!;

    /// <summary>Whether the hours are still the panel's: its engine has billed customer 3, and nobody has taken over.</summary>
    public bool OnlyObserves { get; init; }

    /// <summary>Whether VirtFusion refuses every debit, of four more customers too, and hours wait with holds.</summary>
    public bool RefusesDebits { get; init; }

    public TestIssuer Issuer { get; private set; } = null!;
    public OutsidePanel Panel { get; private set; } = null!;
    public AppProcess App { get; private set; } = null!;
    public IBrowser Browser { get; private set; } = null!;
    public string AxeSource { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        AxeSource = await ConsoleUi.Browser.ReadPackageAsync("axe-core/axe.min.js");
        Browser = await ConsoleUi.Browser.LaunchAsync();
        Panel = await OutsidePanel.CreateAsync();
        _payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        Issuer = await TestIssuer.StartAsync();
        await Panel.Panel.AddServerAsync(1, 1, 50m, OutsidePanel.HoursAgo(30));
        await Panel.Panel.AddServerAsync(2, 2, 10m, OutsidePanel.HoursAgo(5));
        await Panel.Database.ExecuteAsync("update public.users set full_name = @name where id = 2", ("name", HostileName));
        if (OnlyObserves)
        {
            await PanelEngine.AddServerAsync(Panel.Panel, 3, 3, 5m, OutsidePanel.HoursAgo(9));
            await PanelEngine.BillAsync(Panel.Panel, 3, OutsidePanel.HoursAgo(9), 9);
        }
        if (RefusesDebits)
        {
            for (var customer = 3; customer <= 6; customer++)
                await Panel.Panel.AddServerAsync(customer, customer, 50m, OutsidePanel.HoursAgo(30));
            Panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422));
        }
        App = await Panel.StartAppAsync([("Billing__MaxCatchUp", "1.00:00:00"), ("Billing__MaxAmountPerAccount", "10"),
            ("Wallet__MaxAttempts", RefusesDebits ? "1" : "8"),
            ("Admin__Jwt__Authority", Issuer.Address),
            ("Admin__Jwt__Audience", TestIssuer.Audience),
            ("Admin__Jwt__ClientId", TestLogin.ClientId), .. TopUpHttpTests.Settings(_payPal)]);
        if (OnlyObserves)
        {
            // As by an app that looked on for six hours.
            await Panel.Database.ExecuteAsync("""
                insert into cron_service.observations (observed_at, servers_listed, is_complete)
                values (now() - interval '6 hours', 3, true)
                """);
        }
        else
        {
            Assert.Equal(HttpStatusCode.OK, (await App.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" })).Status);
            Assert.Equal(HttpStatusCode.OK, (await App.PostAsync(OutsidePanel.Trigger)).Status);
        }
        // As each minute, so that accounts were looked at.
        Assert.Equal(HttpStatusCode.OK, (await App.PostAsync("/api/admin/cron/wake")).Status);
        foreach (var role in Roles)
        {
            var (status, made) = await App.PostAsync("/api/admin/keys", new { name = role, role });
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, $"{status}");
            _keys.Add(role, made["key"]!.GetValue<string>());
        }
    }

    /// <summary>A top-up of 10.00 of customer 1 that was paid at PayPal, and is held.</summary>
    /// <returns>Its number.</returns>
    public async Task<long> AddHeldTopUpAsync()
    {
        await TopUpHttpTests.EnableAsync(App);
        var (status, opened) = await App.PostAsync("/api/top-ups", new { userId = 1, amount = "10.00" });
        Assert.Equal(HttpStatusCode.Created, status);
        var order = opened["orderId"]!.GetValue<string>();
        _payPal.Books.Approve(order);
        _payPal.Books.Distort(order,
            shown => ((shown["purchase_units"]![0]!["payments"]?["captures"]?[0] ?? new JsonObject())["custom_id"]) = "another-shop");
        Assert.Equal("held", (await App.PostAsync($"/api/top-ups/{opened["id"]}/return")).Body["state"]!.GetValue<string>());
        return opened["id"]!.GetValue<long>();
    }

    public string KeyOf(string role) => _keys[role];

    public async Task<JsonObject> GetAsync(string path) => (await App.GetAsync(path)).Body;

    /// <summary>Opens the console as a role, at a page, and waits until it shows something.</summary>
    public Task<ConsolePage> OpenAsync(string role, string page = "", bool isDark = false, int width = 1280) =>
        OpenWithKeyAsync(KeyOf(role), page, isDark, width, role);

    public async Task<ConsolePage> OpenWithKeyAsync(string key, string page = "", bool isDark = false, int width = 1280, string role = "")
    {
        var opened = new ConsolePage(await Browser.NewPageAsync(), App.Http.BaseAddress!, role);
        await opened.LogInAsync(key, page, isDark, width);
        return opened;
    }

    /// <summary>Opens the console as nobody in particular, in a tab that has no session.</summary>
    public async Task<ConsolePage> OpenLoggedOutAsync(string page, string? fragment = null)
    {
        var opened = new ConsolePage(await Browser.NewPageAsync(), App.Http.BaseAddress!, "");
        await opened.Page.GoToAsync($"{App.Http.BaseAddress}{fragment ?? $"#/{page}"}");
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        await ConsoleReport.WriteAsync();
        await Issuer.DisposeAsync();
        await Panel.DisposeAsync();
        await _payPal.DisposeAsync();
    }
}
