-- Forecasts of months, computed after each billing run and whenever one is asked for, so that a page shows one without computing it.

-- One row a month: the latest.
create table cron_service.forecasts (
    month text primary key check (month ~ '^\d{4}-\d{2}$'),
    computed_at timestamptz not null,
    forecast json not null
);
comment on column cron_service.forecasts.forecast is 'As the API answers it, with as many rows as it ever lists.';
