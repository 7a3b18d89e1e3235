namespace SkyPanel.Functions.VirtFusion;

/// <summary>The start and end of a request to VirtFusion, in timestamps of the <see cref="TimeProvider"/>. Its answer was true at some time
/// between them.</summary>
/// <param name="EndedAt">When the whole answer had arrived.</param>
public readonly record struct RequestTime(long BeganAt, long EndedAt);
