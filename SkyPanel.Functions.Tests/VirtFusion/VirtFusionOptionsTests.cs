using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class VirtFusionOptionsTests
{
    [Theory]
    [InlineData("https://panel.example/api/v1", "https://panel.example/api/v1/")]
    [InlineData("https://panel.example/api/v1/", "https://panel.example/api/v1/")]
    [InlineData(" https://panel.example ", "https://panel.example/api/v1/")]
    [InlineData("https://panel.example/", "https://panel.example/api/v1/")]
    [InlineData("https://panel.example:8443/vf/api/v1", "https://panel.example:8443/vf/api/v1/")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000/api/v1/")]
    [InlineData("http://localhost:5000/api/v1", "http://localhost:5000/api/v1/")]
    [InlineData("http://[::1]:5000", "http://[::1]:5000/api/v1/")]
    public void An_address_ends_in_a_slash_and_a_bare_host_gets_the_usual_path(string text, string address) =>
        Assert.Equal(address, VirtFusionAddress.Parse(text).ToString());

    [Theory]
    [InlineData("http://panel.example/api/v1", "'http://panel.example/api/v1' must begin with https://")]
    [InlineData("ftp://panel.example", "'ftp://panel.example' must begin with https://")]
    [InlineData("file:///etc/passwd", "'file:///etc/passwd' must be an absolute address")]
    [InlineData("panel.example", "'panel.example' must be an absolute address")]
    [InlineData("/api/v1", "must be an absolute address")]
    [InlineData("https://", "'https://' must be an absolute address")]
    [InlineData("https://admin:hunter2@panel.example", "'***@panel.example' must have no user name")]
    [InlineData("https://panel.example/api?key=hunter2", "'https://panel.example/api?***' must have no user name, query")]
    [InlineData("admin:hunter2@panel.example", "'***@panel.example' must")]
    [InlineData("https://admin:hunter2?2@panel.example", "'***' must")]
    [InlineData("https://admin:hunter2#2@panel.example", "'***' must")]
    [InlineData("https://admin:hunter2@2@panel.example", "'***@panel.example' must")]
    [InlineData("https://panel.example/api?key=2@hunter2", "'***' must")]
    public void A_bad_address_is_named_with_its_setting_and_without_its_secrets(string text, string says)
    {
        var error = Assert.Single(Errors(new() { BaseUrl = text }));

        Assert.StartsWith("VirtFusion:BaseUrl '", error, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => VirtFusionAddress.Parse(text));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(256, 10_000)]
    public void The_bounds_are_allowed(int concurrency, int rate) =>
        Assert.Empty(Errors(new() { MaxConcurrency = concurrency, RequestsPerSecond = rate }));

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("tokén")]
    public void A_token_that_cannot_stand_in_a_header_is_refused_and_not_shown(string token)
    {
        var error = Assert.Single(Errors(new() { ApiToken = token }));

        Assert.StartsWith("VirtFusion:ApiToken '***'", error, StringComparison.Ordinal);
        var connection = new VirtFusionConnection(Options.Create(new VirtFusionOptions()));
        Assert.Throws<FormatException>(() => connection.Use("https://panel.example", token));
        Assert.False(connection.IsConfigured);
    }

    private static string[] Errors(VirtFusionOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        return [.. results.Select(result => result.ErrorMessage!)];
    }
}
