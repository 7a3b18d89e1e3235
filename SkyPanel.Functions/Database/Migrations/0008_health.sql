-- Health: the results of monitoring. One row per check.

create table cron_service.checks (
    name text primary key,
    state text not null default 'unknown' check (state in ('ok', 'failing', 'unknown')),
    since timestamptz not null default now(),
    checked_at timestamptz not null default '-infinity',
    message text not null default '',
    unknown_in_a_row integer not null default 0,
    broken_at timestamptz,
    alerts integer not null default 0,
    took interval not null default interval '0'
);
comment on column cron_service.checks.broken_at is 'Since when the check counts as broken, as its alert says. Null: it is not known to be broken.';
comment on column cron_service.checks.alerts is 'The number of its alerts so far; numbers the next one in the outbox.';
