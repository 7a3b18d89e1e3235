namespace SkyPanel.Functions.Payments;

/// <summary>What is known after a call.</summary>
public abstract record PayPalOutcome<T>
{
    private PayPalOutcome() { }

    /// <summary>PayPal did it, or found it.</summary>
    public sealed record Done(T Value) : PayPalOutcome<T>;

    /// <summary>PayPal said no, with a reason of its own: nothing was done.</summary>
    /// <param name="Issue">Such as <c>INSTRUMENT_DECLINED</c>.</param>
    public sealed record Refused(int Status, string Issue, string Message) : PayPalOutcome<T>
    {
        public bool IsNotFound => Status == 404;
    }

    /// <summary>Nobody knows whether it was done: the answer was lost, unreadable, or told of trouble at PayPal.</summary>
    /// <param name="RetryAfter">How long PayPal asks to wait; null when it doesn't say.</param>
    public sealed record InDoubt(string Reason, TimeSpan? RetryAfter = null) : PayPalOutcome<T>;
}
