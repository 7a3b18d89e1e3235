using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>The jobs that are registered.</summary>
/// <param name="registered">Asked at the first look, not before: monitoring, which is one of them, looks at all of them.</param>
public sealed class JobTypes(Func<IEnumerable<JobType>> registered)
{
    private readonly Lazy<IReadOnlyList<JobType>> _all = new(() => [.. registered()]);

    public IReadOnlyList<JobType> All => _all.Value;

    public JobType? Find(string name) => All.FirstOrDefault(job => job.Name == name);

    /// <exception cref="NotFoundException">No job has this name.</exception>
    public JobType Get(string name) => Find(name) ?? throw new NotFoundException($"No job is called '{name}': {string.Join(", ", All.Select(job => job.Name))} are.");
}
