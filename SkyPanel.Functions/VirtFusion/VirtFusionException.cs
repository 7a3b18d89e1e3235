namespace SkyPanel.Functions.VirtFusion;

/// <summary>VirtFusion could not be read at all, so nothing new is known. The message says why, in one line.</summary>
public sealed class VirtFusionException(string message) : HttpRequestException(message);
