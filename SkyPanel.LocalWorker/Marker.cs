namespace SkyPanel.LocalWorker;
internal static class Marker;
