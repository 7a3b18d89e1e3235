-- Retention finds the old error lines without reading all of them for each batch.
create index run_errors_created on cron_service.run_errors (created_at);
