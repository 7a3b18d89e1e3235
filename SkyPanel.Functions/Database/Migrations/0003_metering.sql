-- Metering: what ran. Our copy of each enrolment, the terms it is billed on, and the spells in which it was seen in one state.

-- One row a server that the panel has, or had, enrolled for hourly billing. A run changes nearly every row: half of a page is left free, so
-- that the new versions fit beside the old ones and no index has to follow.
create table cron_service.enrolments (
    server_id integer primary key,
    enrolment_id text,
    user_id integer,
    billing_enabled boolean not null,
    monthly_price numeric,
    hourly_rate numeric,
    basis_hours integer,
    package_id integer,
    billed_from timestamptz not null,
    billed_until timestamptz not null,
    taken_over_at timestamptz,
    virtfusion_created_at timestamptz,
    virtfusion_owner_id integer,
    problem text,
    charged_amount numeric(18, 6) not null default 0,
    recorded_at timestamptz not null default now(),
    check (billed_until = date_trunc('hour', billed_until, 'UTC'))
) with (fillfactor = 45);
comment on column cron_service.enrolments.server_id is 'virtfusion_server_id: the one name of a server everywhere here.';
comment on column cron_service.enrolments.enrolment_id is 'The panel''s row, as text (serial or uuid); null once the panel has removed it.';
comment on column cron_service.enrolments.billed_from is 'Whole second. Nothing before it is ours to bill. infinity: not known yet.';
comment on column cron_service.enrolments.taken_over_at is
    'When the server became ours: what the panel had billed by then is passed over. Null: not yet, or an admin has enabled the job again since.';
comment on column cron_service.enrolments.billed_until is 'Full hour. Each hour before it was charged, is held, or was decided as not billable.';
comment on column cron_service.enrolments.charged_amount is 'The sum of its charges, before corrections, kept by runs; the integrity check compares it.';
comment on column cron_service.enrolments.problem is 'Why the enrolment can''t be billed now; its hours wait. Null: it can.';

create index enrolments_user on cron_service.enrolments (user_id);
create index enrolments_problem on cron_service.enrolments (server_id) where problem is not null;

create table cron_service.terms (
    id bigint generated always as identity primary key,
    server_id integer not null references cron_service.enrolments,
    effective_from timestamptz not null,
    account_id bigint not null references cron_service.accounts,
    package_id integer,
    price numeric(14, 6) not null check (price >= 0),
    price_seconds integer not null check (price_seconds > 0),
    is_monthly boolean not null,
    recorded_at timestamptz not null default now(),
    unique (server_id, effective_from)
);
comment on table cron_service.terms is
    'A segment: who pays what for a server from a full hour on. A change is recorded when seen and takes effect at the next full hour.';
comment on column cron_service.terms.price is 'Currency units for price_seconds of uptime: a monthly price over 3600 x basis hours, or an hourly rate over 3600.';
comment on column cron_service.terms.is_monthly is 'Monthly prices count towards the monthly cap; hourly rates have none.';

create index terms_account on cron_service.terms (account_id);

create table cron_service.uptime (
    server_id integer not null references cron_service.enrolments,
    started_at timestamptz not null,
    seen_until timestamptz not null,
    is_current boolean not null,
    is_existing boolean not null,
    is_suspended boolean not null,
    is_built boolean not null,
    billing_enabled boolean not null,
    is_billable boolean not null generated always as (
        is_existing and not is_suspended and is_built and billing_enabled and evidence <> 'panel') stored,
    evidence text not null check (evidence in ('observed', 'take-over', 'panel')),
    primary key (server_id, started_at),
    check (seen_until >= started_at)
) with (fillfactor = 45);
comment on table cron_service.uptime is
    'A spell: consecutive observations that agree, from the end of the request that showed it first to the beginning of the last one. Time between two spells was decided as not billable.';
comment on column cron_service.uptime.evidence is 'take-over: before the first observation. panel: the panel''s own engine billed it.';
create unique index uptime_current on cron_service.uptime (server_id) where is_current;
create index uptime_not_billable on cron_service.uptime (server_id) where is_current and not is_billable;

create table cron_service.passed_over (
    id bigint generated always as identity primary key,
    server_id integer not null references cron_service.enrolments,
    from_at timestamptz not null,
    until_at timestamptz not null,
    hours numeric(14, 2) not null generated always as (round(extract(epoch from until_at - from_at) / 3600, 2)) stored,
    reason text not null,
    passed_by text not null,
    passed_at timestamptz not null default now(),
    check (from_at < until_at)
);
comment on table cron_service.passed_over is 'Time of a server that the panel''s own engine had billed when the server became ours: it is never charged by us.';
create index passed_over_server on cron_service.passed_over (server_id);

create table cron_service.observations (
    id bigint generated always as identity primary key,
    observed_at timestamptz not null,
    servers_listed integer not null,
    is_complete boolean not null,
    message text
);
comment on table cron_service.observations is 'One row a reading of VirtFusion, failed ones included: when we last knew anything.';
create index observations_at on cron_service.observations (observed_at desc);

create view cron_service.wanted_terms as
select e.server_id, a.id as account_id, e.package_id, coalesce(e.monthly_price, e.hourly_rate) as price,
       case when e.monthly_price is null then 3600 else 3600 * e.basis_hours end as price_seconds, e.monthly_price is not null as is_monthly
from cron_service.enrolments e join cron_service.accounts a on a.user_id = e.user_id
where e.problem is null and e.enrolment_id is not null;
comment on view cron_service.wanted_terms is 'The terms that each enrolment without a problem asks for now.';

create table cron_service.native_usage (
    user_id integer primary key,
    month date,
    tokens numeric[],
    tried_at timestamptz not null,
    problem text,
    grew_at timestamptz
);
comment on table cron_service.native_usage is 'What VirtFusion''s own hourly billing has counted for a user this month; grew_at: a figure was seen to grow.';
comment on column cron_service.native_usage.tokens is 'usageServers, usageServersBillable, usageAddons, usageAddonsBillable; null where VirtFusion says nothing. All null: never read.';
comment on column cron_service.native_usage.problem is 'What VirtFusion answered instead of figures, at the last reading that it answered.';
