namespace SkyPanel.Functions.VirtFusion;

/// <summary>Joins the pages of one listing and records what could not be read.</summary>
internal sealed class ServerListing
{
    private readonly Dictionary<int, (VirtFusionServer Server, RequestTime Request)> _servers = [];
    private readonly HashSet<int> _unread = [];
    private readonly List<string> _errors = [];
    private bool _isComplete = true;
    private int? _total;

    /// <returns>The number of the last page; or null and the problem, when this is no valid page and nothing was added.</returns>
    public int? Add(JsonElement page, int number, RequestTime request, out string problem)
    {
        problem = "";
        if (page.Field("data") is not { ValueKind: JsonValueKind.Array } items)
            problem = "the answer has no `data` list";
        else if (page.Int("last_page") is not (>= 1 and var lastPage))
            problem = "the answer has no `last_page`";
        else if (page.Int("current_page") is { } current && current != number)
            problem = $"VirtFusion answered with page {current}";
        else
        {
            _total = page.Int("total");
            var (before, listed) = (_servers.Count + _unread.Count, items.GetArrayLength());
            foreach (var item in items.EnumerateArray())
                Add(item, number, request);

            // A cache or proxy dropped the page number, so the real page is missing.
            if (number > 1 && listed > 0 && _servers.Count + _unread.Count == before)
                AddMissing($"page {number}: nothing but servers of earlier pages");

            return lastPage;
        }

        return null;
    }

    /// <summary>Records that a server may be missing.</summary>
    public void AddMissing(string error)
    {
        _isComplete = false;
        _errors.Add(error);
    }

    public ServerList Close()
    {
        var seen = _servers.Count + _unread.Count;
        if (_isComplete && seen < _total)
            AddMissing($"VirtFusion counts {_total} servers, {seen} were listed");

        return new()
        {
            Servers = [.. _servers.Values.Select(listed => listed.Server)],
            Requests = [.. _servers.Values.Select(listed => listed.Request)],
            UnreadServerIds = _unread, IsComplete = _isComplete, Errors = _errors,
        };
    }

    private void Add(JsonElement item, int page, RequestTime request)
    {
        var server = VirtFusionServer.Read(item, out var id, out var problem);
        if (id is not { } known)
            AddMissing($"page {page}: a server of unknown id: {problem}");
        else if (server is null)
            AddUnread(known, problem);
        else if (_servers.TryGetValue(known, out var other) && other.Server != server)
            AddUnread(known, "listed twice with different contents");
        else if (!_unread.Contains(known))
            _servers.TryAdd(known, (server, request)); // A duplicate: a page shifted while it was read.
    }

    private void AddUnread(int id, string problem)
    {
        _servers.Remove(id);
        _unread.Add(id);
        _errors.Add($"server {id}: {problem}");
    }
}
