using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Dns;

/// <summary>What a run has come to so far.</summary>
/// <param name="cutoff">Periods that began by then are due.</param>
internal sealed class Tally(DateTime cutoff)
{
    private readonly List<RenewalProblem> _problems = [];
    private decimal _amount;
    private int _inGrace, _suspended, _unread;

    public DateTime Cutoff { get; } = cutoff;
    public int Renewed { get; private set; }

    public void Add(string kind, string message) => _problems.Add(new(kind, message));

    public void Renew(decimal price)
    {
        Renewed++;
        _amount += price;
    }

    public void Lack(bool isSuspended, string message)
    {
        if (isSuspended)
            _suspended++;
        else
            _inGrace++;
        Add("data", message);
    }

    public void Unread(int userId, BalanceReading reading)
    {
        _unread++;
        Add("api", $"the wallet of user {userId} could not be read, so nothing was decided: {reading switch
        {
            BalanceReading.Unauthorized => "VirtFusion refused the token",
            BalanceReading.RateLimited => "VirtFusion wants fewer calls",
            BalanceReading.Refused(var status, var message) => $"{status} {message}",
            BalanceReading.Unknown(var reason) => reason,
            _ => "no reading",
        }}");
    }

    public RenewalResult Result(bool hasReading, long tokensDebited) =>
        new(hasReading, Renewed, _amount, _inGrace, _suspended, _unread, tokensDebited, _problems);
}
