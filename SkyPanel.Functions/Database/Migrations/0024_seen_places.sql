-- What comes back is no change: a table of the panel that was dropped and made again, or filled from an old backup, must not switch the billing on.
alter table cron_service.jobs add column seen_marks jsonb not null default '{}';
comment on column cron_service.jobs.seen_marks is
    'By field of the panel''s tables: which table (and, for enabled, which rows) it stood in when it was last looked at; gone when it no longer stood there.';
