namespace SkyPanel.Functions.VirtFusion;

/// <summary>Thrown when VirtFusion can't be read at all. The message gives the reason in one line.</summary>
public sealed class VirtFusionException(string message) : HttpRequestException(message);
