using System.Text;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Http;

public sealed class CsvTests
{
    [Fact]
    public async Task Names_that_are_formulas_are_quoted_and_negative_amounts_stay_numbers()
    {
        string[] names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a,\"b\"", "Zoë\r\n=1", null!];
        using var to = new MemoryStream();
        await Csv.WriteAsync(to, names.Select((name, index) => new Row(index, name, -1.5m)).ToAsyncEnumerable());

        Assert.Equal(
        [
            "userId,name,amount", "0,'=1+1,-1.500000", "1,'+1,-1.500000", "2,'-1,-1.500000", "3,'@SUM(A1),-1.500000", "4,'\t=1,-1.500000",
            "5,\"a,\"\"b\"\"\",-1.500000", "6,\"Zoë", "=1\",-1.500000", "7,,-1.500000", "",
        ], Encoding.UTF8.GetString(to.ToArray()).Split("\r\n"));
    }

    private sealed record Row(int UserId, string? Name, decimal Amount);
}
