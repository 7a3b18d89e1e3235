-- The run log in pages: whatever it is filtered by, a page is one stretch of one index, newest first. (job, id) and (status, id) made the filter
-- that both don't have, or a span of time, a walk through all that the other filter leaves.
create index runs_newest on cron_service.runs (started_at, id);
create index runs_of_job on cron_service.runs (job, started_at, id);
create index runs_of_status on cron_service.runs (status, started_at, id);
create index runs_of_job_and_status on cron_service.runs (job, status, started_at, id);
drop index cron_service.runs_job;
drop index cron_service.runs_status;
drop index cron_service.runs_started;
