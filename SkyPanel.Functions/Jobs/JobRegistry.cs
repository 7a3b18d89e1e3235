using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <param name="registered">Resolved on first use, since the monitoring job depends on all jobs.</param>
public sealed class JobRegistry(Func<IEnumerable<IJob>> registered)
{
    private readonly Lazy<IReadOnlyList<IJob>> _all = new(() => [.. registered()]);

    public IReadOnlyList<IJob> All => _all.Value;

    public IJob? Find(string name) => All.FirstOrDefault(job => job.Name == name);

    /// <exception cref="NotFoundException">No job has this name.</exception>
    public IJob Get(string name) =>
        Find(name) ?? throw new NotFoundException($"No job is called '{name}': {string.Join(", ", All.Select(job => job.Name))} are.");
}
