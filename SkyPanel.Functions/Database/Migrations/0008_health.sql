-- Health: what monitoring found. One row a check.

create table cron_service.checks (
    name text primary key,
    state text not null default 'unknown' check (state in ('ok', 'failing', 'unknown')),
    since timestamptz not null default now(),
    checked_at timestamptz not null default '-infinity',
    message text not null default '',
    unknown_in_a_row integer not null default 0,
    broken_at timestamptz,
    alerts integer not null default 0
);
comment on column cron_service.checks.broken_at is 'Since when it counts as broken, and was told to be. Null: it is well, or not yet known not to be.';
comment on column cron_service.checks.alerts is 'How many alerts it has given: the next one''s number in the outbox.';
