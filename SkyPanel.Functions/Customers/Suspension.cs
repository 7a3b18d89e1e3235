using System.Text.Json.Serialization;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Customers;

/// <summary>Where the suspension of a server stands.</summary>
[JsonConverter(typeof(EnumTextConverter<SuspensionState>))]
public enum SuspensionState
{
    /// <summary>To be suspended; or VirtFusion was asked, and it isn't confirmed yet.</summary>
    Ordered,
    Suspended,

    /// <summary>To be resumed; tried until VirtFusion shows that it is.</summary>
    Resuming,
    Resumed,

    /// <summary>Left alone: it wasn't suspended by us.</summary>
    Abandoned,
}

/// <summary>The state of a set of accounts that is too large to be suspended without a person.</summary>
[JsonConverter(typeof(EnumTextConverter<SuspensionHoldState>))]
public enum SuspensionHoldState
{
    Open,
    Approved,
    Rejected,
}

/// <summary>A server that is or was suspended by us, as read with its claim.</summary>
/// <param name="OwnerId">Its owner's id in VirtFusion, as the panel has it.</param>
/// <param name="IsSent">VirtFusion was asked to suspend it.</param>
/// <param name="IsLateAnswerOver">No order to suspend it is left that may still be carried out: it was, or it was sent too long
/// ago.</param>
/// <param name="IsSeenGone">An observation shows that VirtFusion doesn't have it any more.</param>
public sealed record Suspension(
    long Id, long AccountId, int UserId, int ServerId, int? OwnerId, SuspensionState State, bool IsSent, bool IsLateAnswerOver,
        bool IsSeenGone, int ClaimNumber)
{
    /// <summary>Of <c>suspensions x</c> joined with <c>accounts a</c>, with a parameter <c>late_answer</c>.</summary>
    public const string Columns = """
        x.id, x.account_id, a.user_id, x.server_id, (select u.virtfusion_id from public.users u where u.id = a.user_id) as owner_id,
            x.state,
        x.sent_at is not null as is_sent, x.sent_at is null or x.suspended_at is not null
            or x.sent_at < now() - @late_answer as is_late_answer_over,
        exists (select from cron_service.uptime u where u.server_id = x.server_id and u.is_current and not u.is_existing) as is_seen_gone,
            x.claim_number
        """;

    public static Suspension Read(NpgsqlDataReader row) => new(
        row.Get<long>("id"), row.Get<long>("account_id"), row.Get<int>("user_id"), row.Get<int>("server_id"),
        row.Nullable<int?>("owner_id"),
        EnumText.Parse<SuspensionState>(row.Get<string>("state")), row.Get<bool>("is_sent"), row.Get<bool>("is_late_answer_over"),
        row.Get<bool>("is_seen_gone"), row.Get<int>("claim_number"));
}
