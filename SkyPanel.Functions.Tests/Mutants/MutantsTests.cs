using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Mutants;

/// <summary>Checks that every mutant of <c>mutants.txt</c> can be applied to the code. The script <c>run</c> applies them.</summary>
public sealed class MutantsTests
{
    private static readonly string Root = RepositoryRoot.Find()!;
    private static readonly Mutant[] Mutants =
        [.. Read(File.ReadAllLines(Path.Combine(Root, "SkyPanel.Functions.Tests", "Mutants", "mutants.txt")))];

    [Fact]
    public void Each_mistake_can_be_made_in_exactly_one_place() => Assert.All(Mutants, mutant =>
    {
        var source = File.ReadAllText(Path.Combine(Root, mutant.File));
        Assert.Equal(2, source.Split(mutant.Old).Length);
        Assert.NotEqual(mutant.Old, mutant.New);
    });

    [Fact]
    public void Each_mistake_has_a_name_of_its_own_a_harm_and_a_test_that_is_run()
    {
        Assert.True(Mutants.Length >= 20, $"{Mutants.Length} mutants");
        Assert.Equal(Mutants.Length, Mutants.Select(mutant => mutant.Name).Distinct().Count());
        Assert.All(Mutants, mutant =>
        {
            Assert.EndsWith(".", mutant.Harm, StringComparison.Ordinal);
            var dot = mutant.Killer.LastIndexOf('.');
            var test = typeof(MutantsTests).Assembly.GetType($"SkyPanel.Functions.Tests.{mutant.Killer[..dot]}")?.GetMethod(
                mutant.Killer[(dot + 1)..]);
            Assert.NotEmpty(test?.GetCustomAttributes(typeof(FactAttribute), inherit: true) ?? []);
        });
    }

    private static IEnumerable<Mutant> Read(string[] lines) => lines
        .Index().Where(line => line.Item.Length > 0 && line.Item[0] is not (' ' or '#'))
        .Select(line => new Mutant(line.Item, Value(lines[line.Index + 1], "file"), Value(lines[line.Index + 2], "old"),
            Value(lines[line.Index + 3], "new"), Value(lines[line.Index + 4], "killer"), Value(lines[line.Index + 5], "harm")));

    private static string Value(string line, string key)
    {
        Assert.StartsWith($"  {key}", line, StringComparison.Ordinal);
        return line.Length > 10 ? line[10..] : "";
    }

    private sealed record Mutant(string Name, string File, string Old, string New, string Killer, string Harm);
}
