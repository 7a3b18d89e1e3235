namespace SkyPanel.Functions.Customers;

/// <summary>The state of a server's suspension.</summary>
[JsonConverter(typeof(EnumTextConverter<SuspensionState>))]
public enum SuspensionState
{
    /// <summary>Waits for the order to VirtFusion or for its confirmation.</summary>
    Ordered,
    Suspended,

    /// <summary>Waits to be resumed; repeated until VirtFusion shows the server as resumed.</summary>
    Resuming,
    Resumed,

    /// <summary>Abandoned: this app didn't suspend the server.</summary>
    Abandoned,
}

/// <summary>The state of a hold of accounts that are too many to be suspended without a person's approval.</summary>
[JsonConverter(typeof(EnumTextConverter<SuspensionHoldState>))]
public enum SuspensionHoldState
{
    Open,
    Approved,
    Rejected,
}

/// <summary>A suspension of a server, as read with its claim.</summary>
/// <param name="OwnerId">The owner's id in VirtFusion, from the panel.</param>
/// <param name="IsSent">Whether the order was sent to VirtFusion.</param>
/// <param name="IsLateAnswerOver">Whether no order can take effect any more: it was carried out, or sent too long ago.</param>
/// <param name="IsSeenGone">Whether an observation shows that VirtFusion no longer has the server.</param>
public sealed record Suspension(
    long Id, long AccountId, int UserId, int ServerId, int? OwnerId, SuspensionState State, bool IsSent,
        bool IsLateAnswerOver, bool IsSeenGone, int ClaimNumber)
{
    /// <summary>The columns of <c>suspensions x</c> joined with <c>accounts a</c>; takes a parameter <c>late_answer</c>.</summary>
    public const string Columns = """
        x.id, x.account_id, a.user_id, x.server_id, (select u.virtfusion_id from public.users u where u.id = a.user_id) as owner_id,
            x.state, x.sent_at is not null as is_sent, x.sent_at is null or x.suspended_at is not null
            or x.sent_at < now() - @late_answer as is_late_answer_over,
        exists (select from cron_service.uptime u where u.server_id = x.server_id and u.is_current and not u.is_existing) as is_seen_gone,
            x.claim_number
        """;
}

/// <summary>A suspension whose next step is due.</summary>
/// <param name="IsOrderOfPolicy">Whether the policy ordered it, and it is not suspended yet.</param>
public sealed record DueSuspension(long Id, long AccountId, bool IsOrderOfPolicy);
