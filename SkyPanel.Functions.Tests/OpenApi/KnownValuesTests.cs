using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Tests.OpenApi;

public sealed partial class KnownValuesTests
{
    private static readonly (string Schema, string Property, string Table, string Column)[] Stored =
    [
        ("Run", "status", "runs", "status"), ("Run", "trigger", "runs", "trigger"), ("ExplainedRun", "trigger", "runs", "trigger"),
        ("RunError", "kind", "run_errors", "kind"),
        ("Debit", "kind", "debits", "kind"), ("Debit", "state", "debits", "state"), ("ExplainedDebit", "state", "debits", "state"),
        ("Hold", "scope", "holds", "scope"), ("Hold", "state", "holds", "state"), ("HourHold", "state", "holds", "state"),
        ("Adjustment", "kind", "adjustments", "kind"), ("HourAdjustment", "kind", "adjustments", "kind"),
        ("ApiKeyInfo", "role", "api_keys", "role"), ("KeyBody", "role", "api_keys", "role"), ("Refusal", "reason", "refusals", "reason"),
        ("CheckRecord", "state", "checks", "state"),
        ("Notice", "cause", "notices", "cause"), ("NoticeDelivery", "channel", "notice_deliveries", "channel"),
            ("TemplateAnswer", "key", "notice_templates", "key"),
    ];

    [Fact]
    public async Task What_the_document_says_a_text_may_be_is_what_the_database_allows()
    {
        await using var database = new TestDatabase();
        await database.InitializeAsync();
        var schemas = JsonNode.Parse(Document.Text)!["components"]!["schemas"]!;
        foreach (var (schema, property, table, column) in Stored)
        {
            var law = await database.ScalarAsync<string>("""
                select pg_get_constraintdef(oid) from pg_constraint
                where conrelid = ('cron_service.' || @table)::regclass and contype = 'c'
                    and pg_get_constraintdef(oid) ~ ('^CHECK \(\(' || @column || ' = ANY \(ARRAY')
                """, ("table", table), ("column", column));
            Assert.NotNull(law);
            var told = schemas[schema]!["properties"]![property]!["enum"]!.AsArray().Where(value => value is not null)
                .Select(value => value!.GetValue<string>());
            Assert.Equal((schema, property, string.Join(' ', Text().Matches(law).Select(match => match.Groups[1].Value).Order())),
                (schema, property, string.Join(' ', told.Order())));
        }
    }

    [GeneratedRegex("'([^']*)'::text")]
    private static partial Regex Text();
}
