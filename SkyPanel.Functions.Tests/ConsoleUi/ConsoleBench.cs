using System.Net;
using System.Text.Json.Nodes;
using PuppeteerSharp;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The app with a fleet that has something to show on each page, a key for each role, and a browser.</summary>
public sealed class ConsoleBench : IAsyncLifetime
{
    /// <summary>A name that breaks a page which shows it as anything but text.</summary>
    public const string HostileName = "<img src=x onerror=alert(1)>\"'&lt; \u202eelpmaxe";

    public static readonly string[] Roles = ["viewer", "operator", "admin"];

    private readonly Dictionary<string, string> _keys = [];

    public OutsidePanel Panel { get; private set; } = null!;
    public AppProcess App { get; private set; } = null!;
    public IBrowser Browser { get; private set; } = null!;
    public string AxeSource { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        AxeSource = await ConsoleUi.Browser.ReadPackageAsync("axe-core/axe.min.js");
        Browser = await ConsoleUi.Browser.LaunchAsync();
        Panel = await OutsidePanel.CreateAsync();
        await Panel.Panel.AddServerAsync(1, 1, 50m, OutsidePanel.HoursAgo(30));
        await Panel.Panel.AddServerAsync(2, 2, 10m, OutsidePanel.HoursAgo(5));
        await Panel.Database.ExecuteAsync("update public.users set full_name = @name where id = 2", ("name", HostileName));
        App = await Panel.StartAppAsync(("Billing__MaxCatchUp", "1.00:00:00"));
        Assert.Equal(HttpStatusCode.OK, (await App.PutAsync(OutsidePanel.Settings, new { enabled = true, note = "take-over" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await App.PostAsync(OutsidePanel.Trigger)).Status);
        foreach (var role in Roles)
        {
            var (status, made) = await App.PostAsync("/api/admin/keys", new { name = role, role });
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, $"{status}");
            _keys.Add(role, made["key"]!.GetValue<string>());
        }
    }

    public string KeyOf(string role) => _keys[role];

    public async Task<JsonObject> GetAsync(string path) => (await App.GetAsync(path)).Body;

    /// <summary>Opens the console as a role, at a page, and waits until it shows something.</summary>
    public Task<ConsolePage> OpenAsync(string role, string page = "", bool isDark = false, int width = 1280) => OpenWithKeyAsync(KeyOf(role), page, isDark, width);

    public async Task<ConsolePage> OpenWithKeyAsync(string key, string page = "", bool isDark = false, int width = 1280)
    {
        var opened = new ConsolePage(await Browser.NewPageAsync(), App.Http.BaseAddress!);
        await opened.LogInAsync(key, page, isDark, width);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        await Panel.DisposeAsync();
    }
}
