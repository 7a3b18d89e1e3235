using SkyPanel.Functions.Tests.Http;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The login by an OpenID Connect authority: code flow with PKCE.</summary>
public sealed class OpenIdTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_person_logs_in_at_the_authority_and_comes_back_to_the_page_that_was_asked_for()
    {
        bench.Issuer.Login.Role = "operator";
        await using var page = await bench.OpenLoggedOutAsync("runs?job=backup");
        await page.PressAsync("Log in with your account");
        await page.ShowsAsync("operator · jwt:ann");
        await page.SettledAsync();
        Assert.EndsWith("/#/runs?job=backup", page.Page.Url, StringComparison.Ordinal);
        Assert.Equal("S256", bench.Issuer.Login.Asked!["code_challenge_method"]);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_person_without_a_role_is_told_so()
    {
        bench.Issuer.Login.Role = "guest";
        await using var page = await bench.OpenLoggedOutAsync("");
        await page.PressAsync("Log in with your account");
        await page.ShowsAsync("The role viewer is needed.");
        page.OnlyComplainsOf(System.Net.HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_the_authority_refuses_is_said()
    {
        bench.Issuer.Login.Refusal = "access_denied";
        try
        {
            await using var page = await bench.OpenLoggedOutAsync("");
            await page.PressAsync("Log in with your account");
            await page.ShowsAsync("access_denied");
            Assert.Empty(page.Complaints);
        }
        finally
        {
            bench.Issuer.Login.Refusal = null;
        }
    }

    [Fact]
    public async Task An_authority_that_cannot_be_reached_is_named()
    {
        await using var page = await bench.OpenLoggedOutAsync("");
        await page.ShowsAsync("Log in with your account");
        (await Interference.WithAsync(page.Page)).CutOff(true);
        await page.PressAsync("Log in with your account");
        await page.ShowsAsync("The authority can’t be reached.");
    }

    [Fact]
    public async Task A_code_that_this_tab_did_not_ask_for_logs_nobody_in()
    {
        await using var page = await bench.OpenLoggedOutAsync("", "#code=somebody-elses&state=unknown");
        await page.ShowsAsync("does not belong to a login of this tab");
        Assert.Null(await page.Page.EvaluateExpressionAsync<string?>("sessionStorage.getItem('skypanel.session')"));
    }

    [Fact]
    public async Task An_empty_authority_beside_a_client_id_leaves_the_login_by_a_key()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Admin__Jwt__Authority", ""), ("Admin__Jwt__ClientId", "skypanel-console"));

        var index = await app.Http.GetStringAsync("/", TestContext.Current.CancellationToken);

        Assert.Contains("<meta name=\"authority\" content=\"\">", index, StringComparison.Ordinal);
    }
}
