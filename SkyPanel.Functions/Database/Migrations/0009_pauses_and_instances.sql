-- What an admin or an operator has stopped, read by every process; and which processes are alive.

create table cron_service.pauses (
    job text primary key,
    paused_at timestamptz not null default now(),
    paused_by text not null,
    note text not null
);
comment on column cron_service.pauses.job is '* is all jobs, also those that are registered later.';
alter table cron_service.jobs drop column paused_at, drop column paused_by;

alter table cron_service.runs add column cancel_requested_at timestamptz, add column cancel_requested_by text;
comment on column cron_service.runs.cancel_requested_at is 'Its process sees it when it renews the lease, and stops at a safe point.';

create table cron_service.instances (
    id text primary key,
    host text not null,
    process_id integer not null,
    version text not null,
    started_at timestamptz not null default now(),
    last_beat_at timestamptz not null default now()
);
