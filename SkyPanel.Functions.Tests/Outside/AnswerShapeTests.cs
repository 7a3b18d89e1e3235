using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>That a page which shows something else than the app answers is noticed.</summary>
public sealed class AnswerShapeTests
{
    [Theory]
    [InlineData("""{"a":1,"b":"x"}""", """{"a":2,"b":"y"}""", null)]
    [InlineData("""{"a":true}""", """{"a":false}""", null)]
    [InlineData("""{"a":null}""", """{"a":[1]}""", null)]
    [InlineData("""{"a":1,"…":"…"}""", """{"a":2,"b":3}""", null)]
    [InlineData("""{"a":[{"b":1}]}""", """{"a":[{"b":2},{"c":3}]}""", null)]
    [InlineData("""{"a":[]}""", """{"a":[1]}""", null)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", "$.b is not shown")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", "$.b is not in the answer")]
    [InlineData("""{"b":1,"…":"…"}""", """{"a":1}""", "$.b is not in the answer")]
    [InlineData("""{"a":1}""", """{"a":"1"}""", "$.a is String, and shown as Number")]
    [InlineData("""{"a":{"b":1}}""", """{"a":[]}""", "$.a is Array, and shown as Object")]
    [InlineData("""{"a":[{"b":1}]}""", """{"a":[]}""", "$.a is empty")]
    [InlineData("""{"a":[{"b":1}]}""", """{"a":[{"c":1}]}""", "$.a[0].b is not in the answer")]
    public void An_answer_has_the_keys_and_kinds_that_are_shown(string shown, string real, string? difference) =>
        Assert.Equal(difference, AnswerShape.Differences(JsonNode.Parse(shown), JsonNode.Parse(real)).FirstOrDefault());
}
