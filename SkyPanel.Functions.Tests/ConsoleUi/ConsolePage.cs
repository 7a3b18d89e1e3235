using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using PuppeteerSharp.Media;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>A tab with the console in it. Whatever the browser complains about is kept: an error on the page, a refused resource, a breach
/// of the content policy.</summary>
public sealed class ConsolePage : IAsyncDisposable
{
    // What is computed only on request is asked for, so that every test sees it.
    private const string Settled =
        "(button => { button?.click(); return !button; })(document.querySelector('main .compute')) " +
        "&& document.querySelector('main h1') !== null && document.querySelector('main .loading, main .computing') === null";
    private const int MostStops = 200;
    private static readonly int PatienceMilliseconds = (int)TimeSpan.FromMinutes(1).TotalMilliseconds;

    private readonly Uri _address;
    private readonly string _role;
    private readonly ConcurrentQueue<string> _complaints = new();

    /// <param name="role">Of the key, for the report; empty for none.</param>
    public ConsolePage(IPage page, Uri address, string role)
    {
        (Page, _address, _role) = (page, address, role);
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
    public Task ShowsAsync(string text) => UntilAsync("text => document.body?.innerText.includes(text) ?? false", text);

    /// <summary>Waits until the page doesn't show a text any more.</summary>
    public Task ShowsNoMoreAsync(string text) => Page.WaitForFunctionAsync("text => !document.body.innerText.includes(text)", text);

    /// <summary>Fails if the browser complained of anything but answers with a status, which the test asked for.</summary>
    public void OnlyComplainsOf(HttpStatusCode status) =>
        Assert.All(_complaints, complaint => Assert.Contains($"responded with a status of {(int)status}", complaint,
            StringComparison.Ordinal));

    /// <summary>The actions that the page offers: buttons that open a dialog.</summary>
    public Task<string[]> ActionsAsync() =>
        Page.EvaluateExpressionAsync<string[]>(
        "[...new Set([...document.querySelectorAll('main button[aria-haspopup=dialog]')].map(b => b.innerText))]");

    /// <summary>Presses the first button of the page with a text.</summary>
    public Task PressAsync(string text) => PressAsync("main", text);

    /// <summary>Presses the first button with a text in a part of the page, by the part's name.</summary>
    public Task PressInAsync(string part, string text) => PressAsync($"section[aria-label='{part}']", text);

    /// <summary>Presses a button with a text in the row of a table that begins with another.</summary>
    public Task PressInRowAsync(string row, string text) => UntilAsync("""
        (row, text) => {
          const found = [...document.querySelectorAll('main tbody tr')].find(tr => tr.innerText.startsWith(row));
          const button = [...found?.querySelectorAll('button') ?? []].find(b => b.innerText === text);
          button?.click();
          return button !== undefined;
        }
        """, row, text);

    /// <summary>Waits for the dialog that a button has opened, and presses its button.</summary>
    public async Task ConfirmAsync(string text)
    {
        await PressAsync("dialog[open]", text);
        if (_role.Length > 0)
            ConsoleReport.Confirms(text, _role);
    }

    /// <summary>Presses Tab until the focus is on a button with a text (null: on any button), in a part of the page or in the open dialog
    /// (null).</summary>
    public async Task TabToAsync(string? part, string? text)
    {
        const string IsIt = """
            (at, part, text) => at.tagName === 'BUTTON' && (text === null || at.innerText === text)
              && (part === null ? document.querySelector('dialog[open]') === null || at.closest('dialog') !== null
                  : at.closest('section')?.ariaLabel === part)
            """;
        await Page.WaitForFunctionAsync($"(part, text) => [...document.querySelectorAll('button')].some(at => ({IsIt})(at, part, text))",
            part, text);
        for (var stop = 0; stop < MostStops; stop++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Page.EvaluateFunctionAsync<bool>($"(part, text) => ({IsIt})(document.activeElement, part, text)", part, text))
                return;
        }
        throw new TimeoutException($"No button '{text}' was reached within {MostStops} stops.");
    }

    /// <summary>Types in place of what the focused field of the open dialog holds, after checking that the focus is there.</summary>
    public async Task TypeHereAsync(string name, string value)
    {
        await Page.WaitForFunctionAsync(
            "name => document.activeElement.closest('dialog[open]') !== null && document.activeElement.name === name", name);
        await Page.Keyboard.DownAsync("Control");
        await Page.Keyboard.PressAsync("A");
        await Page.Keyboard.UpAsync("Control");
        await Page.Keyboard.TypeAsync(value);
    }

    /// <summary>Types into a field of the open dialog, in place of what it holds.</summary>
    public async Task FillAsync(string name, string value)
    {
        var selector = $"dialog[open] [name='{name}']";
        await Page.WaitForSelectorAsync(selector);
        await Page.ClickAsync(selector, new ClickOptions { Count = 3 });
        await Page.TypeAsync(selector, value);
    }

    /// <summary>Sets a field of the open dialog that isn't filled by typing its text, as a date is.</summary>
    public async Task SetAsync(string name, string value)
    {
        await Page.WaitForSelectorAsync($"dialog[open] [name='{name}']");
        await Page.EvaluateFunctionAsync(
            "(name, value) => { const field = document.querySelector(`dialog[open] [name='${name}']`); field.value = value; " +
            "field.dispatchEvent(new Event('input', { bubbles: true })); }", name, value);
    }

    /// <summary>Presses a button of a term in a list of terms.</summary>
    public Task PressAtTermAsync(string term, string text) => UntilAsync("""
        (term, text) => {
          const found = [...document.querySelectorAll('main dt')].find(dt => dt.innerText === term)?.nextElementSibling;
          const button = [...found?.querySelectorAll('button') ?? []].find(b => b.innerText === text);
          button?.click();
          return button !== undefined;
        }
        """, term, text);

    /// <summary>Presses a button that saves a list as CSV.</summary>
    /// <returns>The CSV.</returns>
    public async Task<string> SaveAsync(string text)
    {
        await Page.EvaluateExpressionAsync("""
            window.saved = ''; URL.createObjectURL = (keep => blob => { blob.text().then(text => { window.saved = text; });
              return keep.call(URL, blob); })(URL.createObjectURL);
            """);
        await PressAsync(text);
        await Page.WaitForExpressionAsync("window.saved !== ''");
        return await Page.EvaluateExpressionAsync<string>("window.saved");
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
    private Task PressAsync(string within, string text) => UntilAsync("""
        (within, text) => {
          const button = [...document.querySelectorAll(`${within} button`)].find(b => b.innerText === text && !b.disabled);
          button?.click();
          return button !== undefined;
        }
        """, within, text);

    private async Task UntilAsync(string condition, params string[] arguments)
    {
        while (true)
        {
            try
            {
                await Page.WaitForFunctionAsync(condition, arguments);
                return;
            }
            catch (EvaluationFailedException e) when (e.Message.Contains("context was destroyed", StringComparison.Ordinal))
            {
                // The page went on to another address in the middle of the look: the next look is at that one.
            }
            catch (WaitTaskTimeoutException)
            {
                throw new TimeoutException($"It never came true of '{string.Join("', '", arguments)}'. " +
                    $"{string.Join("\n", Complaints)}\n{await Page.EvaluateExpressionAsync<string>("document.body.innerText")}");
            }
        }
    }
}
