using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests.Database;

/// <summary>Which connection strings are understood, and what of a refused one is shown.</summary>
public sealed class ConnectionTextTests
{
    [Theory]
    [InlineData("topsecret")]
    [InlineData("Host=h;Password=top;secret;Username=x")]
    [InlineData("Host=h;Password=topsecret;Prot=1")]
    [InlineData("Host=h;Port=topsecret")]
    [InlineData("Host=h;Port=5432;SSL Mode=topsecret")]
    [InlineData("Host=h password=topsecret dbname=x")]
    [InlineData("host=h password=topsecret dbname=x user=y")]
    [InlineData("Host=h;Database=x password=topsecret")]
    [InlineData("Database=x;Password=topsecret")]
    [InlineData("Host='topsecret")]
    [InlineData("postgresql://owner:topsecret@")]
    [InlineData("postgresql://owner:topsecret@host:port/db")]
    [InlineData("postgresql://owner:topsecret@host:99999/db")]
    [InlineData("Host=h;Port=0;Password=topsecret")]
    [InlineData("postgresql://owner:topsecret@host/db?topsecret=1")]
    [InlineData("postgresql://owner:topsecret@host/db?sslmode=topsecret")]
    [InlineData("postgresql://owner:topsecret@one,two/db")]
    [InlineData("postgresql://owner:topsecret@[::1/db")]
    [InlineData("postgresql://owner:12/topsecret@host/db")]
    [InlineData("postgresql://owner:12?topsecret@host/db")]
    [InlineData("postgres://owner:top%ZZsecret@ho st/db")]
    [InlineData("https://owner:topsecret@host/db")]
    public void A_refused_one_shows_no_password_in_any_form(string text)
    {
        var refused = Assert.Throws<StartException>(() => DatabaseRegistration.Prepare(text));
        Assert.Contains("ConnectionStrings:SkyPanel '***' can't be read", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is allowed.", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret'", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("owner", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_url_form_is_understood()
    {
        var read = Read("postgresql://app%40eu:p%40ss%3Aw%2Frd%3B@ep-1.neon.tech:5433/sky%2Dpanel" +
            "?sslmode=require&channel_binding=require&application_name=x");
        Assert.Equal(("ep-1.neon.tech", 5433, "sky-panel", "app@eu", "p@ss:w/rd;"),
            (read.Host, read.Port, read.Database, read.Username, read.Password));
        Assert.Equal((SslMode.Require, ChannelBinding.Require, "SkyPanel.Functions"),
            (read.SslMode, read.ChannelBinding, read.ApplicationName));
    }

    [Theory]
    [InlineData("postgres://app:secret@[2001:db8::7]:6432/panel", "2001:db8::7", 6432)]
    [InlineData("postgres://app:secret@[::1]/panel", "::1", 5432)]
    [InlineData("POSTGRESQL://app:secret@db/panel?port=5433&sslmode=verify-full", "db", 5433)]
    [InlineData("postgres://db/panel?user=app&password=secret", "db", 5432)]
    [InlineData("postgres://app:se:cret@db/panel", "db", 5432)]
    public void The_url_form_has_an_ipv6_address_or_parameters(string text, string host, int port)
    {
        var read = Read(text);
        Assert.Equal((host, port, "panel", "app"), (read.Host, read.Port, read.Database, read.Username));
        Assert.Equal("secret", read.Password!.Replace(":", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_opens_twenty_connections_at_most_unless_it_is_told_otherwise()
    {
        Assert.Equal(20, Read("Host=h").MaxPoolSize);
        Assert.Equal(50, Read("Host=h;Maximum Pool Size=50").MaxPoolSize);
        Assert.Equal(8, new NpgsqlConnectionStringBuilder(DatabaseRegistration.Prepare("Host=h;Minimum Pool Size=30", 8)).MinPoolSize);
    }

    [Fact]
    public async Task What_a_server_says_is_shown_without_the_user_and_the_password()
    {
        var builder = Read("Host=127.0.0.1;Port=1;Database=panel;Username=owner;Password=topsecret");
        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => NpgsqlDataSource.Create(builder)
            .ExecuteAsync("select 1", TestContext.Current.CancellationToken));
        Assert.StartsWith("ConnectionStrings:SkyPanel: the database panel on 127.0.0.1:1 can't be used: ",
            ConnectionText.Describe(builder, refused), StringComparison.Ordinal);
        Assert.DoesNotContain("owner", ConnectionText.Describe(builder, new InvalidOperationException("role \"owner\" topsecret")),
            StringComparison.Ordinal);
    }

    private static NpgsqlConnectionStringBuilder Read(string text) => new(DatabaseRegistration.Prepare(text));
}
