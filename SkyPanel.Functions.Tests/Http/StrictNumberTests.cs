using System.Globalization;
using SkyPanel.Functions.Parsing;

namespace SkyPanel.Functions.Tests.Http;

public sealed class StrictNumberTests
{
    [Theory]
    [InlineData("10,50")]
    [InlineData("5,")]
    [InlineData("1,0,5")]
    [InlineData("1.000,00")]
    [InlineData("+5")]
    [InlineData(" 5")]
    [InlineData("5 ")]
    [InlineData("5\n")]
    [InlineData("5.")]
    [InlineData(".5")]
    [InlineData("--5")]
    [InlineData("5-")]
    [InlineData("(5)")]
    [InlineData("$5")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("٥")]
    [InlineData("NaN")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("0.00000000000000000000000000001")]
    public void What_is_not_written_plainly_is_no_number(string? text)
    {
        Assert.False(StrictNumber.TryParse(text, out decimal _));
        Assert.False(StrictNumber.TryParse(text, out int _));
        Assert.False(StrictNumber.TryParse(text, out long _));
        Assert.False(StrictNumber.TryParseSigned(text, out _));
        Assert.Equal(text == "1e3" || text?.StartsWith("0.0", StringComparison.Ordinal) == true, StrictNumber.TryParseJson(text, out _));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10.50")]
    [InlineData("-4.931507")]
    [InlineData("1000000.000001")]
    [InlineData("9999999999999999999999999999")]
    public void A_plain_decimal_is_exact(string text)
    {
        Assert.True(StrictNumber.TryParse(text, out decimal number));
        Assert.Equal(text, number.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("2147483647", true)]
    [InlineData("2147483648", false)]
    [InlineData("007", true)]
    [InlineData("-1", false)]
    public void An_id_has_no_sign_and_fits(string text, bool isId) => Assert.Equal(isId, StrictNumber.TryParse(text, out int _));
}
