using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>A fenced block of a page of documentation: what somebody pastes, or what the page says that it prints.</summary>
/// <param name="Language"><c>bash</c> and <c>sql</c> are executed, <c>json</c> and <c>text</c> are what the block before prints,
/// <c>console</c> needs what no test has.</param>
/// <param name="Heading">The nearest heading above.</param>
/// <param name="Line">Of its first line, counted from 1.</param>
public sealed record PageBlock(string Language, string Heading, int Line, string Text);

public static class Page
{
    private const string Fence = "```";

    /// <param name="path">Below the repository's root, such as <c>docs/operations.md</c>.</param>
    public static IReadOnlyList<PageBlock> Read(string path)
    {
        var blocks = new List<PageBlock>();
        var (heading, language, text) = ("", (string?)null, new List<string>());
        foreach (var (index, line) in File.ReadLines(Path.Combine(RepositoryRoot.Find()!, path)).Index())
        {
            if (line.TrimStart().StartsWith(Fence, StringComparison.Ordinal))
            {
                if (language is not null)
                    blocks.Add(new(language, heading, index + 1 - text.Count, string.Join('\n', text)));
                (language, text) = (language is null ? line.Trim()[Fence.Length..] : null, []);
            }
            else if (language is not null)
                text.Add(line);
            else if (line.StartsWith('#'))
                heading = line.TrimStart('#', ' ');
        }
        return blocks;
    }
}
