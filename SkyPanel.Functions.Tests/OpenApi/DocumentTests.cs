using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.OpenApi;

public sealed class DocumentTests
{
    /// <summary>With it, openapi.json is written anew instead of compared.</summary>
    private const string WriteVariable = "SKYPANEL_WRITE_OPENAPI";

    [Fact]
    public void The_repository_and_so_the_product_has_the_document_that_the_code_makes()
    {
        var file = Path.Combine(RepositoryRoot.Find()!, "openapi.json");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            File.WriteAllText(file, Document.Text);
        var kept = File.ReadAllText(file).ReplaceLineEndings("\n");
        Assert.True(kept == Document.Text,
            $"openapi.json differs from the code, at first in line {FirstDifference(kept, Document.Text)}: {WriteVariable}=1 dotnet test " +
                $"SkyPanel.Functions.Tests --filter DocumentTests writes it anew");
    }

    private static int FirstDifference(string kept, string made) =>
        kept.Split('\n').Zip(made.Split('\n')).TakeWhile(lines => lines.First == lines.Second).Count() + 1;
}
