-- Jobs: what is stored about each, which process may run it now, what its runs did, and which processes are alive.

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
    hours_per_month integer check (hours_per_month between 1 and 744),
    seen_at timestamptz,
    waits_for text[] not null default '{}',
    seen_marks jsonb not null default '{}'
);
comment on table cron_service.jobs is
    'One row a job. hourly-billing and dns-renewal are the panel''s: enabled, schedule and hours_per_month are the last synced copy of what its tables say.';
comment on column cron_service.jobs.seen_at is
    'When the places that the panel writes were last seen to agree with this copy: a change that is found now is younger.';
comment on column cron_service.jobs.waits_for is 'Jobs that must be up to date before a scheduled run of this one starts; without a cycle.';
-- What comes back is no change: a table of the panel that was dropped and made again, or filled from an old backup, must not switch the billing on.
comment on column cron_service.jobs.seen_marks is
    'By field of the panel''s tables: which table (and, for enabled, which rows) it stood in when it was last looked at; gone when it no longer stood there.';

-- One row a job that an admin or an operator has paused; read by every process.
create table cron_service.pauses (
    job text primary key,
    paused_at timestamptz not null default now(),
    paused_by text not null,
    note text not null
);
comment on column cron_service.pauses.job is '* is all jobs, also those that are registered later.';

-- One row a job that has ever run: the process that may run it until expires_at.
create table cron_service.leases (
    job text primary key,
    holder text not null,
    fencing bigint not null default 1,
    acquired_at timestamptz not null,
    expires_at timestamptz not null
);
comment on column cron_service.leases.fencing is 'Grows with each new holder: a holder that was frozen finds its number outdated.';

create function cron_service.is_held(expires_at timestamptz) returns boolean language sql volatile
    return expires_at > clock_timestamp() and expires_at <= clock_timestamp() + interval '10 minutes';
comment on function cron_service.is_held is
    'Whether a lease is in force. One that ends further off than the longest time to live (Jobs:LeaseTimeToLive) was written by a clock that was ahead.';

-- One row a process.
create table cron_service.instances (
    id text primary key,
    host text not null,
    process_id integer not null,
    version text not null,
    started_at timestamptz not null default now(),
    last_beat_at timestamptz not null default now()
);

-- One row: when the jobs were woken last, by a timer or over HTTP.
create table cron_service.heartbeat (
    is_only boolean primary key default true check (is_only),
    last_beat_at timestamptz not null
);

-- One row a run. A scheduled run that failed is run again as a further row, which says so.
create table cron_service.runs (
    id bigint generated always as identity primary key,
    job text not null,
    trigger text not null check (trigger in ('schedule', 'manual', 'catch-up', 'retry')),
    requested_by text not null,
    scheduled_for timestamptz,
    missed_occurrences integer not null default 0,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    status text not null default 'running'
        check (status in ('running', 'succeeded', 'partial', 'failed', 'skipped', 'held', 'cancelled', 'abandoned')),
    fencing bigint,
    servers_processed integer not null default 0,
    hours_billed bigint not null default 0,
    total_billed numeric(18, 6) not null default 0,
    tokens_debited bigint not null default 0,
    error_count integer not null default 0,
    message text,
    cancel_requested_at timestamptz,
    cancel_requested_by text,
    attempt integer not null default 1 check (attempt >= 1),
    retry_of bigint,
    retry_at timestamptz,
    waited_for jsonb,
    handed_over_at timestamptz,
    check ((status = 'running') = (finished_at is null)),
    constraint runs_retry_check check ((trigger = 'retry') = (retry_of is not null) and (trigger = 'retry') = (attempt > 1))
);
comment on column cron_service.runs.cancel_requested_at is 'Its process sees it when it renews the lease, and stops at a safe point.';
comment on column cron_service.runs.retry_of is 'The run that failed. No foreign key: retention may remove it first.';
comment on column cron_service.runs.retry_at is 'When it is run again, if no other run of its job has started by then; null: it is not.';
comment on column cron_service.runs.waited_for is 'The runs of other jobs that it rests on, and for how many seconds it waited for each.';
comment on column cron_service.runs.handed_over_at is 'Since when it waits for a heartbeat to go on with it: the request that began it had no more time. Null while it is executed.';

create unique index runs_occurrence on cron_service.runs (job, scheduled_for) where scheduled_for is not null;
-- A failed run is run again once, however many processes find it due.
create unique index runs_retry on cron_service.runs (retry_of) where retry_of is not null;
create index runs_running on cron_service.runs (job) where status = 'running';
-- The run log in pages: whatever it is filtered by, a page is one stretch of one index, newest first.
create index runs_newest on cron_service.runs (started_at, id);
create index runs_of_job on cron_service.runs (job, started_at, id);
create index runs_of_status on cron_service.runs (status, started_at, id);
create index runs_of_job_and_status on cron_service.runs (job, status, started_at, id);

-- One row an error line of a run.
create table cron_service.run_errors (
    run_id bigint not null references cron_service.runs on delete cascade,
    ordinal integer not null,
    kind text not null check (kind in ('initialization', 'execution', 'database', 'api', 'data')),
    server_id integer,
    message text not null,
    created_at timestamptz not null default now(),
    primary key (run_id, ordinal)
);
-- Retention finds the old lines without reading all of them for each batch.
create index run_errors_created on cron_service.run_errors (created_at);
