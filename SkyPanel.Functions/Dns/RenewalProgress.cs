using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Collects the results of a run.</summary>
/// <param name="cutoff">Periods that began by then are due.</param>
internal sealed class RenewalProgress(DateTime cutoff)
{
    private readonly List<RenewalProblem> _problems = [];
    private readonly List<Overdue> _overdue = [];
    private decimal _amount;
    private int _inGrace, _suspended, _read, _unread;
    private long _taken;
    private bool _isPaused;

    public DateTime Cutoff { get; } = cutoff;
    public int Renewed { get; private set; }

    /// <summary>Subscriptions whose grace period is over.</summary>
    public IReadOnlyCollection<Overdue> Overdue => _overdue;

    public void Add(string kind, string message) => _problems.Add(new(kind, message));

    public void AddRenewed(decimal price)
    {
        Renewed++;
        _amount += price;
    }

    public void AddShort(Overdue subscription)
    {
        if (subscription.IsOver(Cutoff))
            _overdue.Add(subscription);
        else
            AddShort(subscription, isSuspended: false);
    }

    public void AddShort(Overdue subscription, bool isSuspended)
    {
        if (isSuspended)
            _suspended++;
        else
            _inGrace++;
        Add("data", subscription.Describe(isSuspended));
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
        _unread++;
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

    public void Add(DeliveryResult delivered)
    {
        _taken = delivered.Tokens;
        _isPaused = delivered.IsPaused;
        foreach (var failure in delivered.Failures)
            Add("api", $"debit {failure.DebitId} of user {failure.UserId} {failure.Message}");
        if (delivered.StopReason is { } reason)
            Add("api", reason);
    }

    public RenewalResult Result() => new(HasReading: _read > 0 || _unread == 0, Renewed, _amount, _inGrace, _suspended, _unread, _taken,
        _isPaused, _problems);
}
