-- Customers: the balances of their wallets, their runways, and the suspension of customers without money.
-- Tables with figures of accounts have no foreign keys: they are written while a run holds the accounts' locks.

-- One row per account whose wallet was read: the latest reading.
create table cron_service.wallet_readings (
    account_id bigint primary key,
    tokens numeric not null,
    read_at timestamptz not null
) with (fillfactor = 70);
comment on column cron_service.wallet_readings.read_at is
    'No debit of the account was in progress from this time until the balance was read: debits that settled later are not in tokens.';

create index debits_settled on cron_service.debits (account_id, settled_at) where state = 'settled';

create view cron_service.wallets as
select r.account_id, r.read_at, r.tokens + coalesce((
    select sum(case when d.kind in ('refund', 'grant') then d.tokens else -d.tokens end) from cron_service.debits d
    where d.account_id = r.account_id and d.state = 'settled' and d.settled_at > r.read_at), 0) as tokens
from cron_service.wallet_readings r;
comment on view cron_service.wallets is 'The present balance of each wallet: its latest reading, minus tokens taken and plus tokens given since.';

-- A single row: when customers get notices and are suspended. Both are off until an admin enables them.
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
    observation_id bigint,
    live_since timestamptz
);
comment on column cron_service.customer_policy.live_since is
    'Since when the policy suspends: the grace of accounts that were below zero before begins here. Null: it is off or a dry run.';
comment on column cron_service.customer_policy.credit_limit is 'Currency units that an account may be below zero; customers.credit_limit takes precedence.';
comment on column cron_service.customer_policy.observation_id is
    'The observation after which the standings of all accounts were last written. Null: they are to be written again.';
insert into cron_service.customer_policy default values;

-- How many of all customers, or of all DNS subscriptions, a run may suspend without a person's decision.
create function cron_service.most_suspensions(of_all bigint) returns integer
    language sql stable as $$
    select greatest(max_per_run, max_percent_per_run * of_all / 100)::integer from cron_service.customer_policy
$$;

-- One row per account with an operator's decisions.
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
comment on column cron_service.customers.exempt_until is 'The policy does not suspend the account before this time.';
comment on column cron_service.customers.is_silenced is 'True: the customer gets no notices.';
comment on column cron_service.customers.grace_since is 'When a person resumed the account although it had no money: its grace begins here.';

create index debits_taken_back on cron_service.debits (account_id)
    where kind = 'claw_back' and state in ('pending', 'sending', 'in_doubt');

create view cron_service.credit_limits as
select a.id as account_id, coalesce(c.credit_limit, p.credit_limit) as credit_limit
from cron_service.accounts a
cross join cron_service.customer_policy p
left join cron_service.customers c on c.account_id = a.id
where a.kind = 'customer';
comment on view cron_service.credit_limits is 'The currency units that each customer may be below zero.';

create function cron_service.funds(tokens_per_unit numeric)
    returns table (account_id bigint, tokens numeric, read_at timestamptz, available numeric)
    language sql stable as $$
    select a.id, w.tokens, w.read_at,
           round((w.tokens - coalesce((select sum(d.tokens) from cron_service.debits d where d.account_id = a.id
               and d.kind = 'claw_back' and d.state in ('pending', 'sending', 'in_doubt')), 0)) / funds.tokens_per_unit
               - a.owed_amount + l.credit_limit, 6)
    from cron_service.accounts a
    join cron_service.credit_limits l on l.account_id = a.id
    left join cron_service.wallets w on w.account_id = a.id
$$;
comment on function cron_service.funds is
    'The funds of each customer. Available: balance - tokens to be taken back - owed + credit limit; null: the balance is unknown. A held claw-back may be in the balance already, and a person decides.';

-- One row per account: its standing when it was last computed. Amounts are currency units.
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
    looked_at timestamptz not null default now(),
    tried_at timestamptz,
    runway_order numeric not null generated always as (
        case runway when 'known' then runway_hours when 'unknown' then 1000000000 else 2000000000 end) stored,
    check ((runway = 'known') = (runway_hours is not null)),
    check ((balance_tokens is null) = (available is null))
) with (fillfactor = 70);
comment on column cron_service.standings.state is
    'overdue: below its credit limit, or a debit waits for money. due: its grace is over. suspended: this app has suspended servers.';
comment on column cron_service.standings.available is 'That of cron_service.funds; null: the balance is unknown.';
comment on column cron_service.standings.burn is 'The charge for the next hour of its servers as last observed.';
comment on column cron_service.standings.runway_hours is 'The full hours that available lasts.';
comment on column cron_service.standings.below_since is 'The first reading with available below zero: the grace begins here, but not before the policy is live.';
comment on column cron_service.standings.tried_at is 'The latest attempt to read the wallet between debits.';
create index standings_runway on cron_service.standings (runway_order, account_id);
create index standings_state on cron_service.standings (state, account_id) where state <> 'ok';

-- One row per suspension of a server by this app, ordered or done; a server has at most one that is open.
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
    next_look_at timestamptz not null default now(),
    claim_number integer not null default 0,
    claimed_until timestamptz,
    refusals integer not null default 0,
    check (state <> 'suspended' or suspended_at is not null),
    check ((state = 'resumed') = (resumed_at is not null))
) with (fillfactor = 70);
comment on column cron_service.suspensions.state is
    'ordered: to be suspended, or being suspended. abandoned: not suspended by this app; message has the reason.';
comment on column cron_service.suspensions.ordered_by is 'policy, or the person who ordered it.';
comment on column cron_service.suspensions.sent_at is 'The latest request to VirtFusion to suspend the server. Null: never sent, so a suspension seen at VirtFusion is somebody else''s.';
comment on column cron_service.suspensions.next_look_at is 'When the next attempt is due. Once abandoned: the policy does not order a new suspension before this time.';
comment on column cron_service.suspensions.claim_number is 'Incremented by each claim. A process with an older number writes nothing.';
comment on column cron_service.suspensions.refusals is 'How often VirtFusion refused the order to suspend the server: the next one waits twice as long, an hour at most.';
create unique index suspensions_open on cron_service.suspensions (server_id) where state in ('ordered', 'suspended', 'resuming');
create index suspensions_server on cron_service.suspensions (server_id, id);
create index suspensions_account on cron_service.suspensions (account_id, id);
create index suspensions_due on cron_service.suspensions (next_look_at) where state in ('ordered', 'resuming');

-- One row per set of accounts that was too large to be suspended in one run without a person's decision.
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

-- The state that an account is shown with, unless it is ok. What a person has to decide takes precedence over the policy's states.
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
    'The future charges of each account for its servers as last observed: for the next hour, until the end of the month, and for an hour without the cap. of_accounts: null for all.';

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
    'Why the money of an account is not known for certain: a debit, grant, refund or payment in progress, in doubt or held. Null: it is known.';
