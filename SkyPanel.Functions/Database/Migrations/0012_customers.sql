-- Customers: what their wallets hold, how long it lasts, and what is done about a wallet that is used up.
-- Tables of facts about accounts have no foreign keys: they are written while a run holds the accounts' locks.

-- One row an account whose wallet was read: its latest reading.
create table cron_service.wallet_readings (
    account_id bigint primary key,
    tokens numeric not null,
    read_at timestamptz not null
) with (fillfactor = 70);
comment on column cron_service.wallet_readings.read_at is
    'No debit of the account was under way from this instant until it was read: what settled later is not in its tokens.';

create index debits_settled on cron_service.debits (account_id, settled_at) where state = 'settled';

create view cron_service.wallets as
select r.account_id, r.read_at, r.tokens + coalesce((
    select sum(case when d.kind in ('refund', 'grant') then d.tokens else -d.tokens end) from cron_service.debits d
    where d.account_id = r.account_id and d.state = 'settled' and d.settled_at > r.read_at), 0) as tokens
from cron_service.wallet_readings r;
comment on view cron_service.wallets is 'What a wallet holds by now: its latest reading, less what was taken since, plus what was given.';

-- One row: when customers are warned and suspended. All of it is off until an admin changes it.
create table cron_service.customer_policy (
    singleton boolean primary key default true check (singleton),
    notices_enabled boolean not null default false,
    notice_threshold_hours integer[] not null default '{72,24,1}',
    suspension_enabled boolean not null default false,
    suspension_dry_run boolean not null default false,
    grace_hours integer not null default 24 check (grace_hours between 0 and 2160),
    credit_limit numeric(18, 6) not null default 0 check (credit_limit >= 0),
    max_per_run integer not null default 10 check (max_per_run >= 0),
    max_percent_per_run integer not null default 5 check (max_percent_per_run between 0 and 100),
    observation_id bigint
);
comment on column cron_service.customer_policy.credit_limit is 'Currency units that an account may be below zero; customers.credit_limit comes first.';
comment on column cron_service.customer_policy.observation_id is
    'The observation after which the standings of all accounts were written last; null: they are to be written anew.';
insert into cron_service.customer_policy default values;

-- How many of all may be suspended in a run without a person: customers, or DNS subscriptions.
create function cron_service.most_suspensions(of_all bigint) returns integer
    language sql stable as $$
    select greatest(max_per_run, max_percent_per_run * of_all / 100)::integer from cron_service.customer_policy
$$;

-- One row an account about which an operator decided something.
create table cron_service.customers (
    account_id bigint primary key references cron_service.accounts,
    credit_limit numeric(18, 6) check (credit_limit >= 0),
    credit_limit_reason text,
    exempt_until timestamptz,
    exempt_reason text,
    is_silenced boolean not null default false,
    silence_reason text,
    grace_since timestamptz,
    check ((exempt_until is null) = (exempt_reason is null))
);
comment on column cron_service.customers.credit_limit is 'Null: that of the policy.';
comment on column cron_service.customers.exempt_until is 'The policy doesn''t suspend it before.';
comment on column cron_service.customers.is_silenced is 'True: it gets no notices.';
comment on column cron_service.customers.grace_since is 'A person resumed it while it owed: its grace runs from here.';

-- One row an account: how it stood at the last look. Amounts are currency units.
create table cron_service.standings (
    account_id bigint primary key,
    state text not null check (state in ('ok', 'overdue', 'due', 'suspended')),
    available numeric,
    burn numeric not null,
    runway_hours numeric,
    runway text not null check (runway in ('known', 'endless', 'unknown')),
    balance_tokens numeric,
    balance_read_at timestamptz,
    overdue_since timestamptz,
    below_since timestamptz,
    due_at timestamptz,
    looked_at timestamptz not null default now(),
    tried_at timestamptz,
    runway_order numeric not null generated always as (
        case runway when 'known' then runway_hours when 'unknown' then 1000000000 else 2000000000 end) stored,
    check ((runway = 'known') = (runway_hours is not null)),
    check ((balance_tokens is null) = (available is null))
) with (fillfactor = 70);
comment on column cron_service.standings.state is
    'overdue: below its credit limit, or a debit waits for money. due: its grace is over. suspended: servers are suspended by us.';
comment on column cron_service.standings.available is 'Balance - owed + credit limit; null: the balance is unknown.';
comment on column cron_service.standings.burn is 'What its servers, as observed, will be charged for the next hour.';
comment on column cron_service.standings.runway_hours is 'Full hours until available is used up.';
comment on column cron_service.standings.below_since is 'The first reading with available below zero; its grace runs from here.';
comment on column cron_service.standings.due_at is 'When the policy may suspend it; null: it is not below zero, or the policy is off.';
comment on column cron_service.standings.tried_at is 'When its wallet was last asked for between debits.';
create index standings_runway on cron_service.standings (runway_order, account_id);
create index standings_state on cron_service.standings (state, account_id) where state <> 'ok';

-- One row a server that we suspended or ordered to be; a server has one at most that isn't closed.
create table cron_service.suspensions (
    id bigint generated always as identity primary key,
    account_id bigint not null references cron_service.accounts,
    server_id integer not null,
    state text not null default 'ordered' check (state in ('ordered', 'suspended', 'resuming', 'resumed', 'abandoned')),
    reason text not null,
    ordered_by text not null,
    ordered_at timestamptz not null default now(),
    sent_at timestamptz,
    suspended_at timestamptz,
    resume_reason text,
    resumed_by text,
    resume_ordered_at timestamptz,
    resumed_at timestamptz,
    message text,
    attempts integer not null default 0,
    next_look_at timestamptz not null default now(),
    claim_number integer not null default 0,
    claimed_until timestamptz,
    check (state <> 'suspended' or suspended_at is not null),
    check ((state = 'resumed') = (resumed_at is not null))
) with (fillfactor = 70);
comment on column cron_service.suspensions.state is
    'ordered: to be suspended, or being suspended. abandoned: left alone, by us not suspended (message says why).';
comment on column cron_service.suspensions.ordered_by is 'policy, or who ordered it.';
comment on column cron_service.suspensions.sent_at is 'When VirtFusion was last asked to suspend it. Null: a suspension that is seen is somebody else''s.';
comment on column cron_service.suspensions.next_look_at is 'When it is tried again; once abandoned, before when the policy doesn''t order it anew.';
comment on column cron_service.suspensions.claim_number is 'Grows with each claim: whoever holds an older number writes nothing.';
create unique index suspensions_open on cron_service.suspensions (server_id) where state in ('ordered', 'suspended', 'resuming');
create index suspensions_account on cron_service.suspensions (account_id, id);
create index suspensions_due on cron_service.suspensions (next_look_at) where state in ('ordered', 'resuming');

-- One row a set of accounts that was too many to be suspended in one run without a person.
create table cron_service.suspension_holds (
    id bigint generated always as identity primary key,
    account_ids bigint[] not null,
    reason text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'rejected')),
    created_at timestamptz not null default now(),
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    check ((state = 'open') = (decided_at is null))
);
create unique index suspension_holds_open on cron_service.suspension_holds (state) where state = 'open';

-- The state that an account is shown with, where that isn't ok: a person's work before the policy's.
create view cron_service.account_states as
select distinct on (account_id) account_id, state from (
    select account_id, state, case state when 'suspended' then 1 when 'due' then 4 else 5 end as place
    from cron_service.standings where state <> 'ok'
    union all
    select account_id, state, case state when 'held' then 2 else 3 end from cron_service.debits where state in ('held', 'in_doubt')
    union all
    select account_id, 'held', 2 from cron_service.holds where state = 'open' and account_id is not null
) as states order by account_id, place;

create function cron_service.burns(monthly_cap boolean, of_accounts bigint[])
    returns table (account_id bigint, hour_amount numeric, month_amount numeric, full_amount numeric)
    language sql stable as $$
    with running as (
        select e.server_id, t.id as terms_id, t.account_id, (t.price * 1000000)::bigint as price_micros, t.price_seconds,
               t.is_monthly and coalesce((select k.is_capped from cron_service.month_caps k where k.month = date_trunc('month', now(), 'UTC')), monthly_cap)
                   as is_capped, greatest(0, extract(epoch from date_trunc('hour', now(), 'UTC')
                   - greatest(e.billed_until, u.started_at, date_trunc('month', now(), 'UTC'))))::numeric as waiting_seconds
        from cron_service.uptime u
        join cron_service.enrolments e on e.server_id = u.server_id and e.problem is null and e.enrolment_id is not null
        join lateral (select * from cron_service.terms t where t.server_id = e.server_id
                      and t.effective_from <= date_trunc('hour', now(), 'UTC') + interval '1 hour' order by t.effective_from desc limit 1) t on true
        where u.is_current and u.is_billable
          and (of_accounts is null or e.server_id in (select w.server_id from cron_service.terms w where w.account_id = any(of_accounts)))
    ), used as (
        select r.server_id, sum(m.seconds_counted * r.price_seconds / t.price_seconds) filter (where t.is_monthly) as seconds,
               sum(m.seconds_counted) filter (where m.terms_id = r.terms_id) as counted
        from running r
        join cron_service.server_months m on m.server_id = r.server_id and m.month = date_trunc('month', now(), 'UTC')
        join cron_service.terms t on t.id = m.terms_id
        group by r.server_id
    ), rest as (
        select r.*, coalesce(u.counted, 0) + case when r.is_capped then least(waiting_seconds, greatest(0, price_seconds - coalesce(u.seconds, 0)))
                                                  else waiting_seconds end as counted,
               case when r.is_capped then greatest(0, price_seconds - coalesce(u.seconds, 0) - waiting_seconds) end as left_seconds,
               extract(epoch from date_trunc('month', now(), 'UTC') + interval '1 month' - date_trunc('hour', now(), 'UTC'))::numeric as month_seconds
        from running r left join used u using (server_id)
    )
    select account_id,
           sum(cron_service.cost(price_micros, counted + least(3600, left_seconds), price_seconds) - cron_service.cost(price_micros, counted, price_seconds)),
           sum(cron_service.cost(price_micros, counted + least(month_seconds, left_seconds), price_seconds)
               - cron_service.cost(price_micros, counted, price_seconds)),
           sum(cron_service.cost(price_micros, 3600::bigint, price_seconds))
    from rest group by account_id
$$;
comment on function cron_service.burns is
    'What each account''s servers, as they were last seen, will be charged: for the next hour, until the month ends, and for an hour without the cap. of_accounts: null for all.';

create function cron_service.money_under_way(of_account bigint) returns text language sql stable as $$
    select what from (
        select 1 as place, d.kind || ' ' || d.id || ' is ' || replace(d.state, '_', ' ') as what from cron_service.debits d
        where d.account_id = of_account and (d.state in ('sending', 'in_doubt', 'held') or d.state = 'pending' and d.kind in ('grant', 'refund'))
        union all
        select 2, 'top-up ' || t.id || ' is ' || replace(t.state, '_', ' ') from cron_service.top_ups t
        where t.account_id = of_account and (t.state in ('capturing', 'in_doubt', 'captured', 'granting', 'held')
              or t.state = 'pending' and t.created_at > now() - interval '72 hours')
    ) as movements order by place limit 1
$$;
comment on function cron_service.money_under_way is
    'What keeps an account''s money from being known: a debit whose fate isn''t, tokens or a payment on their way to it. Null: nothing.';

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
        select a.id as account_id, a.user_id, s.below_since, s.due_at, c.exempt_until, c.exempt_reason, w.read_at,
               round(w.tokens / suspension_outlook.tokens_per_unit - a.owed_amount + coalesce(c.credit_limit, p.credit_limit), 6) as available
        from cron_service.standings s
        join cron_service.accounts a on a.id = s.account_id
        cross join cron_service.customer_policy p
        left join cron_service.customers c on c.account_id = a.id
        left join cron_service.wallets w on w.account_id = a.id
        where s.state <> 'ok' and of_account is null or s.account_id = of_account
    ) as o
$$;
comment on function cron_service.suspension_outlook is
    'What keeps the accounts that are not ok, or one account, from being suspended: obstacle is null when nothing does but its grace.';
