namespace SkyPanel.Functions.Payments;

/// <summary>Stores each of PayPal's events once, and wakes its top-up. Events are only hints: the next step reads the order from
/// PayPal.</summary>
public sealed class PayPalEvents(NpgsqlDataSource database)
{
    private const string StoreSql = """
        with target as (
            select id from cron_service.top_ups where reference = @reference::uuid or order_id = any(@ids) or capture_id = any(@ids)
                order by id limit 1
        ), stored as (
            insert into cron_service.paypal_events (event_id, event_type, body, sent_at, top_up_id)
                values (@event_id, @type, @body::jsonb, @sent_at, (select id from target))
            on conflict (event_id) do nothing returning top_up_id
        ), woken as (
            update cron_service.top_ups t set woken_at = clock_timestamp(), next_look_at = now(),
                other_dispute_id = case when dispute_state = 'open' and dispute_id <> @dispute_id::text and not @is_replaced then dispute_id
                    else other_dispute_id end,
                dispute_id = case when @is_replaced then coalesce(dispute_id, @dispute_id::text)
                    else coalesce(@dispute_id::text, dispute_id) end, approved_at = case when @type = 'CHECKOUT.ORDER.APPROVED'
                    then greatest(approved_at, least(@created_at::timestamptz, now())) else approved_at end
            from stored where t.id = stored.top_up_id
        )
        select top_up_id from stored
        """;

    /// <param name="body">The body of a verified webhook.</param>
    /// <returns>Whether the event is new, and its top-up; null when it is no event.</returns>
    public async Task<(bool IsNew, long? TopUpId)?> StoreAsync(ReadOnlyMemory<byte> body, DateTimeOffset sentAt, CancellationToken ct)
    {
        if (Parse(body) is not { } json || json.Text("id") is not { } id || json.Text("event_type") is not { } type
            || json.Field("resource") is not { } resource)
            return null;
        var disputed = resource.Items("disputed_transactions").ToArray();
        var unit = resource.Items("purchase_units").Select(one => (JsonElement?)one).FirstOrDefault();
        string?[] references = [resource.Text("custom_id"), unit?.Text("custom_id"), .. disputed.Select(one => one.Text("custom"))];
        string?[] ids =
        [
            resource.Text("id"), resource.Field("supplementary_data")?.Field("related_ids")?.Text("order_id"),
                resource.Field("supplementary_data")?.Field("related_ids")?.Text("capture_id"),
            .. disputed.Select(one => one.Text("seller_transaction_id")),
                .. resource.Items("links").Where(link => link.Text("rel") == "up").Select(link => link.Text("href")?.Split('/')[^1]),
        ];
        var stored = await database.QueryAsync<long?>(StoreSql, ct,
            ("reference", references.Select(text => Guid.TryParse(text, out var guid) ? (object?)guid : null)
                .FirstOrDefault(guid => guid is not null)),
            ("ids", ids.OfType<string>().ToArray()), ("event_id", id), ("type", type), ("body", Encoding.UTF8.GetString(body.Span)),
            ("sent_at", sentAt.UtcDateTime), ("created_at", json.Instant("create_time")?.UtcDateTime),
            ("dispute_id", resource.Text("dispute_id")), ("is_replaced", PayPalDispute.Read(resource)?.IsReplaced == true));
        return (stored.Count == 1, stored.FirstOrDefault());
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
