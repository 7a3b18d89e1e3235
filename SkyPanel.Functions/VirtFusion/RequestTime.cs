namespace SkyPanel.Functions.VirtFusion;

/// <summary>When a request to VirtFusion was under way, in timestamps of the <see cref="TimeProvider"/>: what its answer shows was so at
/// some moment between.</summary>
/// <param name="EndedAt">Once the whole answer was there.</param>
public readonly record struct RequestTime(long BeganAt, long EndedAt);
