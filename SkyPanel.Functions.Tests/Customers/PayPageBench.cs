using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PuppeteerSharp;
using PuppeteerSharp.Media;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.ConsoleUi;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>A customer with a server of some hours and a name full of markup, the app where PayPal's simulator sends payers back to, and a
/// browser.</summary>
public sealed class PayPageBench : IAsyncLifetime
{
    private const string Ready = "document.querySelector('main h1') !== null && !document.body.innerText.includes('Loading')";

    private PayPalSimulator _payPal = null!;
    private IBrowser _browser = null!;

    public OutsidePanel Panel { get; private set; } = null!;
    public AppProcess App { get; private set; } = null!;
    public string AxeSource { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        AxeSource = await ConsoleUi.Browser.ReadPackageAsync("axe-core/axe.min.js");
        _browser = await ConsoleUi.Browser.LaunchAsync();
        _payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        Panel = await OutsidePanel.CreateAsync();
        await Panel.Panel.AddServerAsync(1, 1, 73m, OutsidePanel.HoursAgo(5));
        await Panel.Database.ExecuteAsync(
            "update public.users set full_name = @name; update public.virtfusion_hourly_billing set package_name = @name",
            ("name", ConsoleBench.HostileName));
        // PayPal leads back to where the page is.
        var address = $"http://127.0.0.1:{FreePort()}";
        App = await Panel.StartAppAsync([.. TopUpHttpTests.Settings(_payPal).Where(setting => setting.Name != "Public__BaseUrl"),
            ("Public__BaseUrl", address), ("ASPNETCORE_URLS", address)]);
        await TopUpHttpTests.EnableAsync(App);
        await App.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" });
        await App.PostAsync(OutsidePanel.Trigger);
    }

    /// <returns>The address of a new link, and its number.</returns>
    public async Task<(string Address, string Id)> LinkAsync()
    {
        var (_, made) = await App.PostAsync("/api/admin/customers/1/links", new { reason = "for the test" });
        return ($"{made["address"]}", $"{made["link"]!["id"]}");
    }

    /// <summary>Opens an address and waits until all of the page is loaded.</summary>
    public async Task<ConsolePage> OpenAsync(string address, bool isDark = false, int width = 1280)
    {
        var page = new ConsolePage(await _browser.NewPageAsync(), App.Http.BaseAddress!, "customer");
        await page.Page.SetViewportAsync(new() { Width = width, Height = 900 });
        await page.Page.EmulateMediaFeaturesAsync(
            [new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = isDark ? "dark" : "light" }]);
        await page.Page.GoToAsync(address);
        await page.Page.WaitForExpressionAsync(Ready);
        return page;
    }

    /// <summary>The last hour that was charged, as the page names its button.</summary>
    public static string LastHour => OutsidePanel.HoursAgo(1).ToString("yyyy-MM-dd HH:00", CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        await Panel.DisposeAsync();
        await _payPal.DisposeAsync();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
