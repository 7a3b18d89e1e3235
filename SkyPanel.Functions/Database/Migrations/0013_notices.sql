-- Notices to customers, derived from other tables, and their deliveries.
-- No foreign keys to accounts: notices of many accounts are written in one statement, in another order than a run locks the accounts.

-- One row per notice. cause_key identifies the event within its cause, so that each event causes one notice. Append-only.
create table cron_service.notices (
    id bigint generated always as identity primary key,
    account_id bigint not null,
    cause text not null check (cause in ('runway', 'suspension_due', 'suspended', 'resumed', 'top_up_received', 'top_up_failed', 'taken_back', 'debit_held')),
    cause_key text not null,
    facts jsonb not null,
    silenced_reason text,
    created_at timestamptz not null default now(),
    unique (account_id, cause, cause_key)
);
comment on column cron_service.notices.facts is 'Amounts, hours, times and servers, as they were when the notice was written.';
comment on column cron_service.notices.silenced_reason is 'Why the notice is not sent: an operator silenced the account. Null: it is sent.';
create index notices_account on cron_service.notices (account_id, created_at);
call cron_service.make_append_only('cron_service.notices');

-- One row per address that signed messages are posted to. Its secret is in the table secrets, as webhook:<reference>.
create table cron_service.webhook_endpoints (
    id bigint generated always as identity primary key,
    reference uuid not null unique,
    url text not null,
    description text,
    created_by text not null,
    created_at timestamptz not null default now(),
    previous_secret_until timestamptz,
    paused_until timestamptz,
    deleted_at timestamptz
);
comment on column cron_service.webhook_endpoints.previous_secret_until is 'Until then, messages are also signed with the previous secret.';
comment on column cron_service.webhook_endpoints.paused_until is 'The endpoint did not answer: nothing is sent to it before this time.';

-- One row per delivery of a notice by one channel. Its outbox message has the result; the row is deleted with that message.
create table cron_service.notice_deliveries (
    id bigint generated always as identity primary key,
    notice_id bigint not null references cron_service.notices,
    channel text not null check (channel in ('panel', 'mail', 'webhook')),
    endpoint_id bigint references cron_service.webhook_endpoints,
    round integer not null,
    outbox_id bigint not null unique references cron_service.outbox on delete cascade,
    panel_row_id text,
    unique nulls not distinct (notice_id, channel, endpoint_id, round),
    check ((channel = 'webhook') = (endpoint_id is not null))
);
comment on column cron_service.notice_deliveries.round is '1, and one more for each redelivery by an operator.';
comment on column cron_service.notice_deliveries.panel_row_id is 'The row of public.notifications, inserted in the same transaction, so that it is inserted once.';

-- One row per threshold that an account's runway reached or fell below.
create table cron_service.notice_thresholds (
    account_id bigint not null,
    hours integer not null,
    descent integer not null default 1,
    is_told boolean not null,
    lowest_available numeric,
    primary key (account_id, hours),
    check (not is_told or lowest_available is not null)
) with (fillfactor = 70);
comment on column cron_service.notice_thresholds.lowest_available is 'The least that was available since the notice. The threshold counts again only after a rise above it.';
comment on column cron_service.notice_thresholds.descent is 'Incremented when the runway rises above the threshold, so that the next fall below it causes a notice again.';

-- One row per server in a notice about suspended or resumed servers, so that none is reported twice.
create table cron_service.notice_servers (
    suspension_id bigint not null references cron_service.suspensions,
    cause text not null check (cause in ('suspended', 'resumed')),
    notice_id bigint not null references cron_service.notices,
    primary key (suspension_id, cause)
);

-- For the queries of each heartbeat.
create index suspensions_suspended on cron_service.suspensions (suspended_at) where suspended_at is not null;
create index suspensions_resumed on cron_service.suspensions (resumed_at) where resumed_at is not null;
create index debits_top_up_settled on cron_service.debits (settled_at) where top_up_id is not null;

-- A single row: since when notices are on. Earlier events cause none. Writers of notices lock this row.
create table cron_service.notice_watch (
    singleton boolean primary key default true check (singleton),
    enabled_since timestamptz
);
insert into cron_service.notice_watch default values;

-- One row per text with which an admin replaced a built-in one.
create table cron_service.notice_templates (
    key text not null check (key in ('runway', 'suspension_due', 'suspended', 'resumed', 'top_up_received', 'top_up_failed', 'taken_back', 'debit_held')),
    language text not null check (language ~ '^[a-z]{2}$'),
    subject text not null,
    text text not null,
    html text not null,
    updated_at timestamptz not null default now(),
    updated_by text not null,
    primary key (key, language)
);

create function cron_service.suspension_due_at(of_account bigint, below_since timestamptz) returns timestamptz
    language sql stable strict as $$
    select greatest(greatest(suspension_due_at.below_since, c.grace_since, p.live_since) + p.grace_hours * interval '1 hour', c.exempt_until,
        (select max((n.facts ->> 'dueAt')::timestamptz) from cron_service.notices n
         where n.account_id = of_account and n.cause = 'suspension_due' and n.silenced_reason is null
           and n.created_at between suspension_due_at.below_since and now()))
    from cron_service.customer_policy p left join cron_service.customers c on c.account_id = of_account
    where p.suspension_enabled
$$;
comment on function cron_service.suspension_due_at is
    'When the policy may suspend an account: after its grace and exemption, and not before the time that a notice has named. Null: it is not below zero, or the policy is off.';

create function cron_service.suspension_outlook(tokens_per_unit numeric, read_within interval, observed_within interval, of_account bigint)
    returns table (account_id bigint, user_id integer, available numeric, below_since timestamptz, due_at timestamptz, obstacle text)
    language sql stable as $$
    select o.account_id, o.user_id, o.available, o.below_since, o.due_at, case
               when o.available is null then 'its balance is unknown'
               when o.available >= 0 then 'it has money'
               when o.read_at < now() - read_within then 'its balance was read too long ago'
               when o.exempt_until > now() then 'it is exempt until ' || to_char(o.exempt_until, 'YYYY-MM-DD HH24:MI') || ' UTC: ' || o.exempt_reason
               when not exists (select from cron_service.observations v where v.is_complete and v.observed_at > now() - observed_within)
                   then 'VirtFusion''s servers were not read completely'
               else cron_service.money_under_way(o.account_id) end
    from (
        select a.id as account_id, a.user_id, s.below_since, cron_service.suspension_due_at(a.id, s.below_since) as due_at, c.exempt_until, c.exempt_reason,
               f.read_at, f.available
        from cron_service.standings s
        join cron_service.accounts a on a.id = s.account_id
        join cron_service.funds(suspension_outlook.tokens_per_unit) f on f.account_id = a.id
        left join cron_service.customers c on c.account_id = a.id
        where s.state <> 'ok' and of_account is null or s.account_id = of_account
    ) as o
$$;
comment on function cron_service.suspension_outlook is
    'For the accounts that are not ok, or for one account: the obstacle to its suspension. Null: none, apart from the grace.';
