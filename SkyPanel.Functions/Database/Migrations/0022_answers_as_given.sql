-- A repeat hears the first answer to the byte: jsonb keeps neither the order of members nor how they were written.
alter table cron_service.idempotency_keys alter column answer type json using answer::json;
