using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Cleans texts chosen by customers, and escapes them for HTML and Discord.</summary>
public static partial class ForeignText
{
    private const int MaxLength = 80;
    private const char Isolate = '\u2068', PopIsolate = '\u2069';

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Returns one line of at most 80 characters without control characters, isolated so that right-to-left text doesn't
    /// reorder its surroundings.</summary>
    public static string Clean(string text)
    {
        // Skips the rest early, as a name may have any length.
        var plain = Blanks().Replace(Controls().Replace(text.Length > MaxLength * 4 ? text[..(MaxLength * 4)] : text, " "), " ").Trim();
        if (plain.Length > MaxLength)
            plain = $"{plain[..(char.IsHighSurrogate(plain[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1)]}…";
        return RightToLeft().IsMatch(plain) ? $"{Isolate}{plain}{PopIsolate}" : plain;
    }

    public static string Html(string text) => Encoder.Encode(text);

    /// <summary>Escapes Discord's markup.</summary>
    public static string Discord(string text) => Markup().Replace(Clean(text), @"\$0");

    // Control and format characters (including those that change the direction of text), line and paragraph separators, lone surrogates.
    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Controls();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]")]
    private static partial Regex RightToLeft();

    [GeneratedRegex(@"[!-/:-@\[-`{-~]")]
    private static partial Regex Markup();
}
