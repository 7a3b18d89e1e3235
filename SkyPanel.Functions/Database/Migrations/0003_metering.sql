-- Metering: which servers ran, and when. Our copy of each enrolment, its terms, and the spells in which the server was observed in one state.

-- One row per server that the panel has, or had, enrolled for hourly billing. A run updates nearly every row: half of each page is left free, so
-- that new row versions fit beside the old ones and no index has to be updated.
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
    is_new boolean not null default true,
    had_row boolean not null default true,
    row_lost_at timestamptz,
    terms_lost_at timestamptz,
    virtfusion_created_at timestamptz,
    virtfusion_owner_id integer,
    problem text,
    charged_amount numeric(18, 6) not null default 0,
    check (billed_until = date_trunc('hour', billed_until, 'UTC'))
) with (fillfactor = 45);
comment on column cron_service.enrolments.server_id is 'virtfusion_server_id: identifies a server in all tables of this schema.';
comment on column cron_service.enrolments.enrolment_id is 'The panel''s row, as text (serial or uuid); null once the panel has removed it.';
comment on column cron_service.enrolments.billed_from is 'A whole second: nothing before it is billed. infinity: not known yet.';
comment on column cron_service.enrolments.taken_over_at is
    'When this app took the server over: hours that the panel had billed by then are passed over. Null: not yet, or an admin has enabled the job again since.';
comment on column cron_service.enrolments.is_new is 'True: first recorded since an admin last enabled the job.';
comment on column cron_service.enrolments.had_row is 'False: the panel had no row of it when an admin last enabled the job.';
comment on column cron_service.enrolments.row_lost_at is
    'When the panel''s row was last seen to be removed or replaced, and with it what it said about the panel''s engine.';
comment on column cron_service.enrolments.terms_lost_at is
    'When the row of the latest terms was seen to be removed or replaced, or to name another payer, while its row can''t be billed. Null: they count.';
comment on column cron_service.enrolments.billed_until is 'A full hour: each hour before it was charged, is held, or was found not billable.';
comment on column cron_service.enrolments.charged_amount is 'The sum of its charges, before corrections. Runs maintain it, and the integrity check verifies it.';
comment on column cron_service.enrolments.problem is 'Why the enrolment cannot be billed now; its hours wait. Null: it can be billed.';

create index enrolments_user on cron_service.enrolments (user_id);
create index enrolments_problem on cron_service.enrolments (server_id) where problem is not null;
create index enrolments_row_lost on cron_service.enrolments (server_id) where row_lost_at is not null;

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
    'Who pays what for a server from a full hour on. A change is recorded when it is observed, and takes effect at the next full hour.';
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
    'One row per spell: consecutive observations of the same state, from the end of the first request to the beginning of the last one. The time between two spells is not billable.';
comment on column cron_service.uptime.evidence is 'take-over: the time before the first observation. panel: the panel''s own engine billed this time.';
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
comment on table cron_service.passed_over is 'Time of a server that the panel''s own engine had billed before the take-over: this app never charges it.';
create index passed_over_server on cron_service.passed_over (server_id);

create table cron_service.observations (
    id bigint generated always as identity primary key,
    observed_at timestamptz not null,
    servers_listed integer not null,
    is_complete boolean not null,
    message text
);
comment on table cron_service.observations is 'One row per reading of VirtFusion, including failed ones.';
create index observations_at on cron_service.observations (observed_at desc);

-- A current spell that began before the terms were lost counts as seen after it: it may only be unread.
create view cron_service.wanted_terms as
select e.server_id, a.id as account_id, e.package_id, round(coalesce(e.monthly_price, e.hourly_rate), 6) as price,
       case when e.monthly_price is null then 3600 else 3600::bigint * e.basis_hours end as price_seconds, e.monthly_price is not null as is_monthly,
       e.row_lost_at, nullif(e.billed_until, 'infinity') as billed_until,
       case when e.terms_lost_at is not null then date_trunc('hour', e.terms_lost_at, 'UTC') + case when exists (
           select from cron_service.uptime u where u.server_id = e.server_id and u.is_billable and u.started_at < e.terms_lost_at
               and (u.is_current or u.seen_until > greatest(date_trunc('hour', e.terms_lost_at, 'UTC'), u.started_at)))
           then interval '1 hour' else '0' end end as lost_hour,
       a.id is not null and e.problem is null and e.enrolment_id is not null as is_valid
from cron_service.enrolments e left join cron_service.accounts a on a.user_id = e.user_id;
comment on view cron_service.wanted_terms is 'The terms that each enrolment should have now; only those that are valid are recorded.';
comment on column cron_service.wanted_terms.lost_hour is
    'The latest terms count until this full hour: the one after their loss or, if the server was not billable in it before, that of the loss. Null: they count.';

create table cron_service.native_usage (
    user_id integer primary key,
    month date,
    tokens numeric[],
    tried_at timestamptz not null,
    problem text,
    grew_at timestamptz,
    grew_to numeric,
    check ((grew_at is null) = (grew_to is null))
);
comment on table cron_service.native_usage is 'The usage that VirtFusion''s own hourly billing has counted for a user this month. grew_at: when a figure was first seen to increase since the take-over; grew_to: that figure.';
comment on column cron_service.native_usage.tokens is 'usageServers, usageServersBillable, usageAddons, usageAddonsBillable; null where VirtFusion gives none. All null: never read.';
comment on column cron_service.native_usage.problem is 'VirtFusion''s answer, if the latest reading that it answered had no figures.';
