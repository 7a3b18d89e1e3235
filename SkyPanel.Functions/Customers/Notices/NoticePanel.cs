using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Delivers notices into the panel's table <c>notifications</c>. One transaction writes the row and marks the delivery, so
/// that each is delivered once.</summary>
public sealed class NoticePanel(NpgsqlDataSource database, NoticeTemplates templates)
{
    private const string ColumnsSql = """
        select attname::text from pg_catalog.pg_attribute
        where attrelid = to_regclass('public.notifications') and attnum > 0 and not attisdropped
        """;

    private const string LockSql = "select panel_row_id from cron_service.notice_deliveries where id = @id for update";

    private const string MarkSql = "update cron_service.notice_deliveries set panel_row_id = @row_id where id = @id";

    // Columns that the panel's table may lack.
    private static readonly (string Column, string Value)[] Optional = [("type", "@type"), ("read", "false"), ("created_at", "now()")];

    public OutboxHandler Handler => new("notice-panel", AttemptAsync);

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message, CancellationToken ct)
    {
        if (await DueNotice.FindAsync(database, message.Id, ct) is not { } due)
            return new AttemptOutcome.Discarded("its notice is gone");
        if (!due.UserExists)
            return new AttemptOutcome.Discarded("the panel's user no longer exists");
        var text = await templates.RenderAsync(due.Cause, due.Facts, due.CreatedAt, due.Name, ct);

        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        // Delivered before: the process died before it told the outbox.
        if (await connection.QueryAsync(LockSql, row => row.Nullable<string>("panel_row_id"), ct, ("id", due.DeliveryId))
            is not [null])
            return new AttemptOutcome.Settled();
        var columns = await connection.QueryAsync<string>(ColumnsSql, ct);
        if (columns.Count == 0)
            return new AttemptOutcome.Discarded("the panel's list is off: it has no table notifications");
        var (rows, refusal) = await Attempt.TryAsync(connection, () => connection.QueryAsync<string>(WriteSql(columns), ct,
            ("user_id", due.UserId), ("title", text.Subject), ("message", text.Summary), ("type", TypeOf(due.Cause))), ct);
        if (rows is not [var rowId])
            return new AttemptOutcome.Discarded($"the panel's notifications refused it: {refusal?.MessageText}");
        await connection.ExecuteAsync(MarkSql, ct, ("id", due.DeliveryId), ("row_id", rowId));
        await transaction.CommitAsync(CancellationToken.None);
        return new AttemptOutcome.Settled();
    }

    private static string WriteSql(List<string> columns)
    {
        var present = Optional.Where(one => columns.Contains(one.Column)).ToArray();
        return $"""
            insert into public.notifications as n (user_id, title, message{string.Concat(present.Select(one => $", {one.Column}"))})
            values (@user_id, @title, @message{string.Concat(present.Select(one => $", {one.Value}"))})
            returning coalesce(to_jsonb(n) ->> 'id', '')
            """;
    }

    private static string TypeOf(NoticeCause cause) => cause switch
    {
        NoticeCause.TopUpReceived or NoticeCause.Resumed => "success",
        NoticeCause.DebitHeld => "info",
        _ => "warning",
    };
}
