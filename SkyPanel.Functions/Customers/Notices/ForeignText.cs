using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Makes texts that customers chose fit for a sentence, and escapes them for HTML and for Discord.</summary>
public static partial class ForeignText
{
    private const int Longest = 80;
    private const char Isolate = '\u2068', PopIsolate = '\u2069';

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Returns one line of at most 80 characters without control characters; what is written from right to left keeps the order of
    /// the rest.</summary>
    public static string Clean(string text)
    {
        // What is beyond the limit isn't even looked at: a name may have any length.
        var plain = Blanks().Replace(Controls().Replace(text.Length > Longest * 4 ? text[..(Longest * 4)] : text, " "), " ").Trim();
        if (plain.Length > Longest)
            plain = $"{plain[..(char.IsHighSurrogate(plain[Longest - 2]) ? Longest - 2 : Longest - 1)]}…";
        return RightToLeft().IsMatch(plain) ? $"{Isolate}{plain}{PopIsolate}" : plain;
    }

    public static string Html(string text) => Encoder.Encode(text);

    /// <summary>Escapes Discord's markup, so that a name is neither bold nor a link; messages mention nobody anyway.</summary>
    public static string Discord(string text) => Markup().Replace(Clean(text), @"\$0");

    // Control and format characters (among them those that turn the direction of text), line and paragraph separators, lone surrogates.
    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Controls();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]")]
    private static partial Regex RightToLeft();

    [GeneratedRegex(@"[!-/:-@\[-`{-~]")]
    private static partial Regex Markup();
}
