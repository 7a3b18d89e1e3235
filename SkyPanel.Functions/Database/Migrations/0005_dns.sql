-- DNS: renewals of the panel's DNS plans, if it has any. This app never creates the panel's tables of plans and subscriptions.

create table cron_service.dns_renewals (
    subscription_id text not null,
    plan text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    anchor_day integer not null check (anchor_day between 1 and 31),
    account_id bigint not null references cron_service.accounts,
    amount numeric(18, 6) not null check (amount > 0),
    external_id text not null unique,
    run_id bigint not null,
    created_at timestamptz not null default now(),
    primary key (subscription_id, period_start),
    check (period_start < period_end)
);
comment on table cron_service.dns_renewals is 'One row per renewal of a subscription for a period, with one transfer of the same external id.';
comment on column cron_service.dns_renewals.subscription_id is 'The panel''s dns_plan_subscriptions.id, serial or uuid.';
comment on column cron_service.dns_renewals.plan is 'The plan''s name when it was renewed.';
comment on column cron_service.dns_renewals.anchor_day is 'The day of the month on which periods begin; in a shorter month it is the last day.';
create index dns_renewals_account on cron_service.dns_renewals (account_id);
create index dns_renewals_created on cron_service.dns_renewals (created_at);
create index dns_renewals_run on cron_service.dns_renewals (run_id);
call cron_service.make_append_only('cron_service.dns_renewals');

create table cron_service.dns_graces (
    subscription_id text primary key,
    insufficient_since timestamptz not null,
    suspended_at timestamptz
);
comment on table cron_service.dns_graces is
    'A subscription whose owner''s wallet held too little when it was read. suspended_at: this app suspended the subscription, so it also resumes it; one that somebody else suspended stays suspended.';
