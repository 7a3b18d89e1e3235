-- The last copy of a job's settings on which all places agreed, complete: a place that differs from it has changed since.

alter table cron_service.jobs
    add column hours_per_month integer check (hours_per_month between 1 and 744),
    add column seen_at timestamptz;
comment on column cron_service.jobs.seen_at is 'When the places that the panel writes were last seen to agree with this copy: a change that is found now is younger.';
comment on table cron_service.jobs is
    'One row a job. hourly-billing and dns-renewal are the panel''s: enabled, schedule and hours_per_month are the last synced copy of what its tables say.';

-- The panel's schema tool doesn't make this one.
create table if not exists public.dns_billing_settings (
    id uuid primary key default gen_random_uuid(),
    cron_enabled boolean not null default false,
    cron_schedule text not null default '0 2 1 * *',
    last_cron_run timestamptz,
    next_cron_run timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
