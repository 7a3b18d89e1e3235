namespace SkyPanel.Functions.Wallet;

/// <summary>The state of a debit. The arrows between states are in docs/architecture.md.</summary>
[JsonConverter(typeof(EnumTextConverter<DebitState>))]
public enum DebitState
{
    Pending,

    /// <summary>Claimed: VirtFusion may have been asked.</summary>
    Sending,

    /// <summary>The answer was lost: the wallet's balance decides, or a person.</summary>
    InDoubt,

    /// <summary>Waits for a person.</summary>
    Held,

    /// <summary>The tokens were taken, or given. Final.</summary>
    Settled,

    /// <summary>Cancelled by a person; its amount is due again. Final.</summary>
    Voided,
}

/// <summary>A decision about a held debit.</summary>
public enum DebitAction
{
    /// <summary>The wallet has moved.</summary>
    Settle,

    /// <summary>The wallet has not moved: send it again.</summary>
    Resend,

    /// <summary>The balance has not changed: the amount is due again in a later debit.</summary>
    Void,
}
