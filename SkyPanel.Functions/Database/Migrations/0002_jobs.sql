-- Jobs: their stored settings, the process that may run each now, the log of their runs, and the live processes.

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
    'One row per job. hourly-billing and dns-renewal are the panel''s: enabled, schedule and hours_per_month are a copy of its tables, as of the latest synchronization.';
comment on column cron_service.jobs.seen_at is
    'When the panel''s tables last agreed with this copy: a difference found now was made later.';
comment on column cron_service.jobs.waits_for is 'Jobs that must be up to date before a scheduled run of this one starts. Circular dependencies are refused.';
-- A value that comes back is not a change: a table of the panel that was dropped and created again, or restored from an old backup, must not enable billing.
comment on column cron_service.jobs.seen_marks is
    'For each field that the panel stores: the table (for enabled also the rows) that had it at the latest synchronization. Removed when the table no longer has it.';

-- One row per job that an admin has paused; read by every process.
create table cron_service.pauses (
    job text primary key,
    paused_at timestamptz not null default now(),
    paused_by text not null,
    note text not null
);
comment on column cron_service.pauses.job is '* stands for all jobs, including those registered later.';

-- One row per job that has ever run: the process that may run it until expires_at.
create table cron_service.leases (
    job text primary key,
    holder text not null,
    fencing bigint not null default 1,
    acquired_at timestamptz not null,
    expires_at timestamptz not null
);
comment on column cron_service.leases.fencing is 'Incremented for each new holder, so that a frozen process finds its number outdated.';

create function cron_service.is_leased(expires_at timestamptz) returns boolean language sql volatile
    return expires_at > clock_timestamp() and expires_at <= clock_timestamp() + interval '10 minutes';
comment on function cron_service.is_leased is
    'Whether a lease is valid. A lease that ends later than the longest time to live (Jobs:LeaseTimeToLive) was written while the clock was ahead, and is not.';

-- One row per process.
create table cron_service.instances (
    id text primary key,
    host text not null,
    process_id integer not null,
    version text not null,
    started_at timestamptz not null default now(),
    last_beat_at timestamptz not null default now()
);

-- A single row: the latest heartbeat, by a timer or over HTTP.
create table cron_service.heartbeat (
    is_only boolean primary key default true check (is_only),
    last_beat_at timestamptz not null
);

-- One row per run. The retry of a failed run is a row of its own, which refers to it.
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
    is_cut_off boolean not null default false,
    attempt integer not null default 1 check (attempt >= 1),
    retry_of bigint,
    retry_at timestamptz,
    waited_for jsonb,
    handed_over_at timestamptz,
    idle_turns integer not null default 0,
    check ((status = 'running') = (finished_at is null)),
    constraint runs_retry_check check ((trigger = 'retry') = (retry_of is not null) and (trigger = 'retry') = (attempt > 1))
);
comment on column cron_service.runs.cancel_requested_at is 'The run''s process reads it when it renews the lease, and stops at a safe point.';
comment on column cron_service.runs.is_cut_off is 'It was cancelled because its process stopped or could not renew its lease: nobody asked for that.';
comment on column cron_service.runs.retry_of is 'The run that failed. No foreign key: maintenance may delete that run first.';
comment on column cron_service.runs.retry_at is 'When the run is retried, unless another run of its job starts before. Null: never.';
comment on column cron_service.runs.waited_for is 'The runs of other jobs that this run depended on, and the seconds that it waited for each.';
comment on column cron_service.runs.handed_over_at is 'When the request that started the run ran out of time; the next heartbeat continues the run. Null while it executes.';
comment on column cron_service.runs.idle_turns is 'The latest requests in a row that ran out of time and made no progress.';

create unique index runs_occurrence on cron_service.runs (job, scheduled_for) where scheduled_for is not null;
-- A failed run is retried once, however many processes find the retry due.
create unique index runs_retry on cron_service.runs (retry_of) where retry_of is not null;
create index runs_running on cron_service.runs (job) where status = 'running';
-- The run log in pages, newest first: with any filter, a page is one range of one index.
create index runs_newest on cron_service.runs (started_at, id);
create index runs_of_job on cron_service.runs (job, started_at, id);
create index runs_of_status on cron_service.runs (status, started_at, id);
create index runs_of_job_and_status on cron_service.runs (job, status, started_at, id);

-- One row per error line of a run.
create table cron_service.run_errors (
    run_id bigint not null references cron_service.runs on delete cascade,
    ordinal integer not null,
    kind text not null check (kind in ('initialization', 'execution', 'database', 'api', 'data')),
    server_id integer,
    message text not null,
    created_at timestamptz not null default now(),
    primary key (run_id, ordinal)
);
-- Maintenance finds old lines without reading the whole table for each batch.
create index run_errors_created on cron_service.run_errors (created_at);
