-- Jobs: what is stored about each, who may run it now, and what its runs did.

create table cron_service.jobs (
    job text primary key,
    enabled boolean not null default false,
    schedule text,
    time_zone text not null default 'UTC',
    note text,
    enabled_at timestamptz,
    schedule_changed_at timestamptz,
    taken_over_at timestamptz,
    taken_over_by text,
    paused_at timestamptz,
    paused_by text
);
comment on table cron_service.jobs is
    'One row a job. hourly-billing keeps enabled and schedule in the panel''s server_hourly_billing_settings; here is its last good copy.';

create table cron_service.leases (
    job text primary key,
    holder text not null,
    fencing bigint not null default 1,
    acquired_at timestamptz not null,
    expires_at timestamptz not null
);
comment on column cron_service.leases.fencing is 'Grows with each new holder: a holder that was frozen finds its number outdated.';

create table cron_service.runs (
    id bigint generated always as identity primary key,
    job text not null,
    trigger text not null check (trigger in ('schedule', 'manual', 'catch-up')),
    requested_by text not null,
    scheduled_for timestamptz,
    missed_occurrences integer not null default 0,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    status text not null default 'running'
        check (status in ('running', 'succeeded', 'partial', 'failed', 'skipped', 'held', 'cancelled', 'abandoned')),
    fencing bigint,
    cutoff timestamptz,
    servers_processed integer not null default 0,
    hours_billed bigint not null default 0,
    total_billed numeric(18, 6) not null default 0,
    tokens_debited bigint not null default 0,
    error_count integer not null default 0,
    message text,
    check ((status = 'running') = (finished_at is null))
);
create unique index runs_occurrence on cron_service.runs (job, scheduled_for) where scheduled_for is not null;
create index runs_job on cron_service.runs (job, id desc);
create index runs_status on cron_service.runs (status, id desc);
create index runs_running on cron_service.runs (job) where status = 'running';

create table cron_service.run_errors (
    run_id bigint not null references cron_service.runs on delete cascade,
    ordinal integer not null,
    kind text not null check (kind in ('initialization', 'execution', 'database', 'api', 'data')),
    server_id integer,
    message text not null,
    created_at timestamptz not null default now(),
    primary key (run_id, ordinal)
);

create table cron_service.idempotency_keys (
    key text not null,
    route text not null,
    caller text not null,
    request_hash text not null,
    status_code integer,
    answer jsonb,
    created_at timestamptz not null default now(),
    primary key (caller, route, key)
);

create table cron_service.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    subject text not null,
    before jsonb,
    after jsonb,
    reason text
);
create trigger audit_append_only before update or delete on cron_service.audit
    for each row execute function cron_service.refuse_change();
