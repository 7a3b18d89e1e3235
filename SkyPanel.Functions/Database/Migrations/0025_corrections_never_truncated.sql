-- Corrections are append-only too: a truncate passes by the triggers of rows.
create trigger adjustments_never_truncated before truncate on cron_service.adjustments
    for each statement execute function cron_service.refuse_change();
create trigger corrected_hours_never_truncated before truncate on cron_service.corrected_hours
    for each statement execute function cron_service.refuse_change();
