namespace SkyPanel.Functions.OpenApi;

/// <summary><c>openapi &lt;file&gt;</c>, instead of the app: writes the API's document.</summary>
public static class OpenApiCommand
{
    public const string Name = "openapi";

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [{ Length: > 0 } file])
        {
            await Console.Error.WriteLineAsync("openapi wants a file to write to, such as openapi.json.");
            return 1;
        }
        await File.WriteAllTextAsync(file, Document.Text);
        return 0;
    }
}
