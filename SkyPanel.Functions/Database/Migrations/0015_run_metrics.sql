-- The run log by time: metrics, and pages of a span, without reading a million rows.
create index runs_started on cron_service.runs (started_at);
