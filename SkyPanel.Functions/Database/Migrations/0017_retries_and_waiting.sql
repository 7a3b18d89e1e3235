-- Scheduled runs that failed are run again, and jobs that wait for each other.

alter table cron_service.runs
    drop constraint runs_trigger_check,
    add constraint runs_trigger_check check (trigger in ('schedule', 'manual', 'catch-up', 'retry')),
    add column attempt integer not null default 1 check (attempt >= 1),
    add column retry_of bigint,
    add column retry_at timestamptz,
    add column waited_for jsonb,
    add constraint runs_retry_check check ((trigger = 'retry') = (retry_of is not null) and (trigger = 'retry') = (attempt > 1));

-- Whoever finds it due, a failed run is run again once.
create unique index runs_retry on cron_service.runs (retry_of) where retry_of is not null;

comment on column cron_service.runs.retry_of is 'The run that failed. No foreign key: retention may remove it first.';
comment on column cron_service.runs.retry_at is 'When it is run again, if no other run of its job has started by then; null: it is not.';
comment on column cron_service.runs.waited_for is 'The runs of other jobs that it rests on, and for how many seconds it waited for each.';

alter table cron_service.jobs add column waits_for text[] not null default '{}';
comment on column cron_service.jobs.waits_for is 'Jobs that must be up to date before a scheduled run of this one starts; without a cycle.';
