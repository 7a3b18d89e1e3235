-- Stored forecasts of months. One is computed after each billing run and on request, so that a page shows it without computing it.

-- One row per month: the latest forecast.
create table cron_service.forecasts (
    month text primary key check (month ~ '^\d{4}-\d{2}$'),
    computed_at timestamptz not null,
    forecast json not null
);
comment on column cron_service.forecasts.forecast is 'The answer of the API, with the largest number of rows that it lists.';
