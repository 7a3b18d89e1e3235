using SkyPanel.Functions.OpenApi;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.OpenApi;

public sealed class DocumentTests
{
    [Fact]
    public void The_repository_has_the_document_that_the_code_makes()
    {
        var kept = File.ReadAllText(Path.Combine(RepositoryRoot.Find()!, "openapi.json")).ReplaceLineEndings("\n");
        Assert.True(kept == Document.Text,
            $"openapi.json differs from the code, at first in line {FirstDifference(kept, Document.Text)}: dotnet run --project SkyPanel.Functions -- openapi openapi.json");
    }

    private static int FirstDifference(string kept, string made) =>
        kept.Split('\n').Zip(made.Split('\n')).TakeWhile(lines => lines.First == lines.Second).Count() + 1;
}
