namespace SkyPanel.Functions.Database;

/// <summary>Overrides defaults of the role and the database for each transaction. Session settings and start-up parameters don't work
/// behind PgBouncer.</summary>
internal static class TransactionSettings
{
    public const string BeginSql = "begin isolation level read committed read write not deferrable";

    /// <summary>The first statement of a transaction. search_path is for triggers of the panel's tables: this app qualifies its names. With
    /// row_security off, hidden rows are an error instead of missing servers. Compiling a statement (jit) takes seconds, most of ours run
    /// for milliseconds, and without statistics of a new table the planner compiles all of them.</summary>
    public const string Sql = """
        select pg_catalog.set_config('search_path', 'public', true), pg_catalog.set_config('timezone', 'UTC', true),
               pg_catalog.set_config('datestyle', 'ISO, MDY', true), pg_catalog.set_config('intervalstyle', 'postgres', true),
               pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true),
               pg_catalog.set_config('lc_monetary', 'C', true),
               pg_catalog.set_config('standard_conforming_strings', 'on', true),
                   pg_catalog.set_config('transform_null_equals', 'off', true),
               pg_catalog.set_config('row_security', 'off', true), pg_catalog.set_config('jit', 'off', true),
               pg_catalog.set_config('synchronous_commit', 'on', true),
               pg_catalog.set_config('statement_timeout', '0', true), pg_catalog.set_config('lock_timeout', '0', true),
               case when pg_catalog.current_setting('transaction_timeout',
                   true) is not null then pg_catalog.set_config('transaction_timeout', '0', true) end
        """;
}
