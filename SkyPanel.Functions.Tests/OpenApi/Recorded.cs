using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>A request that was made, and what was answered.</summary>
/// <param name="Operation">The function's name.</param>
/// <param name="Name">What the example is of.</param>
/// <param name="Answer">JSON, or another text.</param>
public sealed record Recorded(string Operation, string Name, string Path, JsonNode? Request, int Status, string MediaType, JsonNode? Answer,
    IReadOnlyDictionary<string, string> Headers);
