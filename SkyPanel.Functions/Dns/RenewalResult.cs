using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Collects the results of a run.</summary>
/// <param name="cutoff">Periods that began by then are due.</param>
public sealed class RenewalResult(DateTime cutoff)
{
    private readonly List<RunError> _problems = [];
    private readonly List<Overdue> _overdue = [];
    private int _read;

    public DateTime Cutoff { get; } = cutoff;

    /// <summary>Number of periods.</summary>
    public int Renewed { get; private set; }

    /// <summary>Currency units.</summary>
    public decimal Amount { get; private set; }
    public int InGrace { get; private set; }
    public int Suspended { get; private set; }
    public int Unread { get; private set; }
    public long TokensDebited { get; private set; }

    /// <summary>Billing is paused: the tokens are taken when it is resumed.</summary>
    public bool IsPaused { get; private set; }
    public IReadOnlyList<RunError> Problems => _problems;

    /// <summary>False when no wallet could be read.</summary>
    public bool HasReading => _read > 0 || Unread == 0;

    /// <summary>Subscriptions whose grace period is over.</summary>
    internal IReadOnlyCollection<Overdue> Overdue => _overdue;

    public void Add(string kind, string message) => _problems.Add(new(kind, null, message));

    public void AddRenewed(decimal price)
    {
        Renewed++;
        Amount += price;
    }

    internal void AddShort(Overdue subscription)
    {
        if (subscription.IsOver(Cutoff))
            _overdue.Add(subscription);
        else
            AddShort(subscription, isSuspended: false);
    }

    internal void AddShort(Overdue subscription, bool isSuspended)
    {
        if (isSuspended)
            Suspended++;
        else
            InGrace++;
        Add("data", subscription.Describe(isSuspended, Cutoff));
    }

    /// <returns>False without a balance: then nothing is decided about its subscriptions.</returns>
    public bool TryAdd(int userId, BalanceReading reading, out decimal tokens)
    {
        tokens = 0;
        if (reading is BalanceReading.Tokens(var held))
        {
            _read++;
            tokens = held;
            return true;
        }
        Unread++;
        Add("api", $"the wallet of user {userId} could not be read, so nothing was decided: {reading switch
        {
            BalanceReading.Unauthorized => "VirtFusion refused the token",
            BalanceReading.RateLimited => "VirtFusion wants fewer calls",
            BalanceReading.Refused(var status, var message) => $"{status} {message}",
            BalanceReading.Unknown(var reason) => reason,
            _ => "no reading",
        }}");
        return false;
    }

    /// <param name="tokens">Taken for this run's renewals.</param>
    public void Add(DeliveryResult delivered, long tokens)
    {
        (TokensDebited, IsPaused) = (tokens, delivered.IsPaused);
        _problems.AddRange(delivered.Errors);
    }
}
