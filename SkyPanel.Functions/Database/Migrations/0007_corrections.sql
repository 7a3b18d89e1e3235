-- Corrections add, they never edit: an adjustment line refers to charges of a server and says what they are worth instead.

create table cron_service.adjustments (
    id bigint generated always as identity primary key,
    server_id integer not null,
    account_id bigint not null references cron_service.accounts,
    month timestamptz not null,
    from_hour timestamptz not null,
    until_hour timestamptz not null,
    kind text not null check (kind in ('credit_note', 'supplement', 'none')),
    amount numeric(18, 6) not null check (amount >= 0),
    transfer_id bigint references cron_service.transfers,
    reason text not null,
    author text not null,
    created_at timestamptz not null default now(),
    check (from_hour < until_hour),
    check ((kind = 'none') = (amount = 0)),
    check ((kind = 'none') = (transfer_id is null))
);
comment on table cron_service.adjustments is
    'A line a correction, account and calendar month. kind none: the hours change and the month''s cost does not, as when the cap is still reached without them.';
create index adjustments_server on cron_service.adjustments (server_id, month);
create index adjustments_transfer on cron_service.adjustments (transfer_id);
create trigger adjustments_append_only before update or delete on cron_service.adjustments
    for each row execute function cron_service.refuse_change();

create table cron_service.corrected_hours (
    server_id integer not null,
    hour_start timestamptz not null,
    adjustment_id bigint not null references cron_service.adjustments,
    seconds integer not null check (seconds between 0 and 3600),
    price_micros bigint not null check (price_micros >= 0),
    primary key (server_id, hour_start, adjustment_id)
);
comment on table cron_service.corrected_hours is 'What a charged hour counts as since an adjustment; the latest one holds.';
create trigger corrected_hours_append_only before update or delete on cron_service.corrected_hours
    for each row execute function cron_service.refuse_change();

create table cron_service.native_usage (
    user_id integer primary key,
    month date not null,
    tokens numeric not null,
    read_at timestamptz not null,
    grew_at timestamptz
);
comment on table cron_service.native_usage is 'What VirtFusion''s own hourly billing has counted for a user this month; grew_at: it was seen to grow.';
