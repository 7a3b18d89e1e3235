namespace SkyPanel.Functions.Payments;

/// <summary>The outcome of a call.</summary>
public abstract record PayPalOutcome<T>
{
    private PayPalOutcome() { }

    /// <summary>PayPal executed the call.</summary>
    public sealed record Done(T Value) : PayPalOutcome<T>;

    /// <summary>PayPal refused the call with a reason: nothing was done.</summary>
    /// <param name="Issue">Such as <c>INSTRUMENT_DECLINED</c>.</param>
    public sealed record Refused(int Status, string Issue, string Message) : PayPalOutcome<T>
    {
        public bool IsNotFound => Status == 404;
    }

    /// <summary>It is unknown whether it was done: the answer was lost or unreadable, or PayPal has a problem.</summary>
    /// <param name="RetryAfter">The wait that PayPal asks for; null without one.</param>
    public sealed record InDoubt(string Reason, TimeSpan? RetryAfter = null) : PayPalOutcome<T>;
}
