using System.Collections.Concurrent;
using System.Text.Json;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using PuppeteerSharp.Media;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>A tab with the console in it. Whatever the browser complains about is kept: an error on the page, a refused resource, a breach of the content policy.</summary>
public sealed class ConsolePage : IAsyncDisposable
{
    private const string Settled = "document.querySelector('main h1') !== null && document.querySelector('main .loading') === null";
    private static readonly int PatienceMilliseconds = (int)TimeSpan.FromMinutes(1).TotalMilliseconds;

    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _complaints = new();

    public ConsolePage(IPage page, Uri address)
    {
        (Page, _address) = (page, address);
        page.DefaultTimeout = PatienceMilliseconds;
        page.Console += (_, e) => _complaints.Enqueue($"console {e.Message.Type}: {e.Message.Text}");
        page.PageError += (_, e) => _complaints.Enqueue($"error: {e.Message}");
        page.Dialog += (_, e) => _complaints.Enqueue($"dialog: {e.Dialog.Message}");
    }

    public IPage Page { get; }

    public IReadOnlyCollection<string> Complaints => _complaints;

    public async Task LogInAsync(string key, string page, bool isDark, int width)
    {
        await Page.SetViewportAsync(new() { Width = width, Height = 900 });
        await Page.EmulateMediaFeaturesAsync([new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = isDark ? "dark" : "light" }]);
        await Page.GoToAsync($"{_address}#key={key}");
        await Page.WaitForSelectorAsync("nav");
        await GoAsync(page);
    }

    /// <summary>Goes to a page of the console and waits until all of it is loaded.</summary>
    public async Task GoAsync(string page)
    {
        await Page.EvaluateFunctionAsync("hash => { location.hash = hash; }", $"#/{page}");
        await SettledAsync();
    }

    public Task SettledAsync() => Page.WaitForExpressionAsync(Settled);

    public Task<string> TextAsync() => Page.EvaluateExpressionAsync<string>("document.getElementById('main').innerText");

    /// <summary>Waits until the page shows a text.</summary>
    public async Task ShowsAsync(string text)
    {
        try
        {
            await Page.WaitForFunctionAsync("text => document.body.innerText.includes(text)", text);
        }
        catch (WaitTaskTimeoutException)
        {
            throw new TimeoutException($"The page never showed '{text}'. {string.Join("\n", Complaints)}\n{await Page.EvaluateExpressionAsync<string>("document.body.innerText")}");
        }
    }

    /// <summary>Presses the first button of the page with a text.</summary>
    public Task PressAsync(string text) => PressAsync("main", text);

    /// <summary>Presses the first button with a text in a part of the page, by the part's name.</summary>
    public Task PressInAsync(string part, string text) => PressAsync($"section[aria-label='{part}']", text);

    /// <summary>Waits for the dialog that a button has opened, and presses its button.</summary>
    public Task ConfirmAsync(string text) => PressAsync("dialog[open]", text);

    /// <summary>Types into a field of the open dialog, in place of what it holds.</summary>
    public async Task FillAsync(string name, string value)
    {
        var selector = $"dialog[open] [name='{name}']";
        await Page.WaitForSelectorAsync(selector);
        await Page.ClickAsync(selector, new ClickOptions { Count = 3 });
        await Page.TypeAsync(selector, value);
    }

    public async Task<bool> HasButtonAsync(string text) =>
        await Page.EvaluateFunctionAsync<bool>("text => [...document.querySelectorAll('button')].some(b => b.innerText === text)", text);

    /// <summary>Looks for barriers to access by axe, at WCAG 2.2 A and AA.</summary>
    /// <returns>A line for each violation.</returns>
    public async Task<string[]> ViolationsAsync(string axeSource)
    {
        await Page.EvaluateExpressionAsync(axeSource);
        var found = await Page.EvaluateExpressionAsync<string>("""
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(result => JSON.stringify(
                result.violations.map(v => `${v.id}: ${v.help}: ${
                  v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary).join(' | ')}`)))
            """);
        return JsonSerializer.Deserialize<string[]>(found)!;
    }

    public async ValueTask DisposeAsync() => await Page.DisposeAsync();

    // Looking and pressing are one step: a page that refreshes in between would put other buttons in place.
    private Task<IJSHandle> PressAsync(string within, string text) => Page.WaitForFunctionAsync("""
        (within, text) => {
          const button = [...document.querySelectorAll(`${within} button`)].find(b => b.innerText === text && !b.disabled);
          button?.click();
          return button !== undefined;
        }
        """, within, text);
}
