namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The tests that share one recording.</summary>
[CollectionDefinition(nameof(Recording))]
public sealed class SharedRecording : ICollectionFixture<Recording>;
