-- The wallet: whole tokens that an account owes, to be taken from (or given back to) its VirtFusion wallet.

-- One row per debit or refund of what an account owes, grant of a top-up's tokens, or claw-back of them. Amounts never change; check_debit_change allows the transitions of the state.
create table cron_service.debits (
    id bigint generated always as identity primary key,
    account_id bigint not null references cron_service.accounts,
    kind text not null check (kind in ('debit', 'refund', 'grant', 'claw_back')),
    tokens bigint not null check (tokens > 0),
    amount numeric(18, 6) not null check (amount > 0),
    reference text not null,
    run_id bigint,
    state text not null default 'pending' check (state in ('pending', 'sending', 'in_doubt', 'held', 'settled', 'voided')),
    claim_number integer not null default 0,
    deadline timestamptz,
    balance_before_tokens numeric,
    attempts integer not null default 0,
    last_attempt_at timestamptz,
    next_attempt_at timestamptz not null default now(),
    last_reading_tokens numeric,
    last_reading_at timestamptz,
    credit_id text,
    message text,
    decided_by text,
    decision_reason text,
    created_at timestamptz not null default now(),
    settled_at timestamptz,
    dns_amount numeric(18, 6) not null default 0,
    top_up_id bigint,
    again_after bigint,
    is_short boolean not null default false,
    check ((state = 'settled') = (settled_at is not null)),
    check (state not in ('sending', 'in_doubt') or deadline is not null),
    constraint debits_check2 check (dns_amount between 0 and amount),
    check ((kind in ('grant', 'claw_back')) = (top_up_id is not null)),
    check (again_after is null or kind = 'grant')
) with (fillfactor = 70);
comment on column cron_service.debits.claim_number is 'Incremented by each claim. A sender with an older number may no longer send the debit or change its state.';
comment on column cron_service.debits.deadline is 'No sender sends after this time, even if its process was frozen in between.';
comment on column cron_service.debits.balance_before_tokens is 'The wallet''s balance before sending. Null in the state sending: nothing has been sent yet.';
comment on column cron_service.debits.dns_amount is 'The part of amount that is for DNS renewals and in no earlier debit; the rest is for servers.';

comment on column cron_service.debits.is_short is 'VirtFusion refused the debit because the wallet held less: while pending, it waits for money, not for a person.';
comment on column cron_service.debits.again_after is 'The latest claw-back of the top-up, after which a person grants its tokens again. Null: none were taken back before.';
comment on column cron_service.debits.top_up_id is 'The top-up whose tokens it grants or takes back; such a debit does not belong to what the account owes.';

-- One open debit per account, so that ten servers need one call.
create unique index debits_open on cron_service.debits (account_id) where kind in ('debit', 'refund') and state in ('pending', 'sending', 'in_doubt', 'held');
-- One in progress per account, of any kind, so that a change of the balance has one cause.
create unique index debits_under_way on cron_service.debits (account_id) where state in ('sending', 'in_doubt');
-- A top-up is granted once, and once more after each claw-back, unless a person voided the grant, and has one open claw-back.
create unique index debits_grant on cron_service.debits (top_up_id, coalesce(again_after, 0)) where kind = 'grant' and state <> 'voided';
create unique index debits_claw_back on cron_service.debits (top_up_id) where kind = 'claw_back' and state in ('pending', 'sending', 'in_doubt', 'held');
create index debits_top_up on cron_service.debits (top_up_id) where top_up_id is not null;
create index debits_pending on cron_service.debits (next_attempt_at, id) where state = 'pending';
create index debits_short on cron_service.debits (account_id) where state = 'pending' and is_short;
create index debits_unsettled on cron_service.debits (state, id) where state in ('sending', 'in_doubt', 'held');
-- For the repair after a clock that was ahead, in each heartbeat.
create index debits_settled_at on cron_service.debits (settled_at) where state = 'settled';
create index debits_voided on cron_service.debits (id) where state = 'voided';
create index debits_dns on cron_service.debits (account_id) where dns_amount > 0;
create index debits_account on cron_service.debits (account_id, id);
create index debits_run on cron_service.debits (run_id) where run_id is not null;

create function cron_service.check_debit_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a debit is never deleted' using errcode = 'integrity_constraint_violation';
    end if;
    if old.state in ('settled', 'voided') then
        -- The clock was ahead: only its times move, once.
        if old.settled_at > now() and new.settled_at <= now()
            and (new.last_attempt_at is not distinct from old.last_attempt_at or old.last_attempt_at > now() and new.last_attempt_at <= now())
            and to_jsonb(new) - '{settled_at,last_attempt_at}'::text[] = to_jsonb(old) - '{settled_at,last_attempt_at}'::text[] then
            return new;
        end if;
        raise exception 'debit % is %: it never changes again', old.id, old.state using errcode = 'integrity_constraint_violation';
    end if;
    if (new.account_id, new.kind, new.tokens, new.amount, new.dns_amount, new.top_up_id, new.again_after, new.created_at)
        is distinct from (old.account_id, old.kind, old.tokens, old.amount, old.dns_amount, old.top_up_id, old.again_after, old.created_at) then
        raise exception 'debit %: what is owed never changes, only its state changes', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.claim_number <> old.claim_number and not (old.state = 'pending' and new.state = 'sending' and new.claim_number = old.claim_number + 1) then
        raise exception 'debit %: only a claim changes the claim number', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('pending', 'sending'),
        ('sending', 'settled'), ('sending', 'pending'), ('sending', 'held'), ('sending', 'in_doubt'),
        ('in_doubt', 'settled'), ('in_doubt', 'pending'), ('in_doubt', 'held'),
        ('held', 'settled'), ('held', 'pending'), ('held', 'voided')) then
        raise exception 'debit %: % to % is not an allowed transition', old.id, old.state, new.state using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger check_debit_change before update or delete on cron_service.debits
    for each row execute function cron_service.check_debit_change();
create trigger debits_never_truncated before truncate on cron_service.debits
    for each statement execute function cron_service.refuse_change();

create table cron_service.wallet_proofs (
    singleton boolean primary key default true check (singleton),
    debit_id bigint not null,
    balance_before_tokens numeric not null,
    balance_after_tokens numeric not null,
    proved_at timestamptz not null default now()
);
comment on table cron_service.wallet_proofs is
    'A confirmed debit after which VirtFusion''s balance was seen to be lower. Without a row, an unchanged balance proves nothing.';

create view cron_service.collected_amounts as
select account_id, case kind when 'debit' then amount else -amount end as amount
from cron_service.debits where kind in ('debit', 'refund') and state in ('pending', 'sending', 'in_doubt', 'held');
comment on view cron_service.collected_amounts is 'The part of the owed amount that an account''s open debit collects; negative for a refund. One row per account at most.';

create function cron_service.owing(tokens_per_unit numeric)
    returns table (account_id bigint, tokens bigint, dns_amount numeric, dns_plans text, dns_run_id bigint)
    language sql stable as $$
    select o.id, o.tokens, n.amount, n.plans, n.run_id
    from (
        select a.id, least(floor(a.owed_amount * owing.tokens_per_unit), 2000000000)::bigint as tokens
        from cron_service.accounts a
        where a.kind = 'customer' and a.owed_amount * owing.tokens_per_unit >= 1
          and not exists (select from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund') and d.state in ('pending', 'sending', 'in_doubt', 'held'))
    ) as o
    -- By account, so that the history of the others is not read. Only with renewals: a scan of debits meets all that the statement inserts.
    cross join lateral (
        select greatest(0, least(o.tokens / owing.tokens_per_unit, coalesce(max(r.until_amount) - max(r.collected), 0))) as amount,
               string_agg(r.text, ', ' order by r.until_amount) filter (where r.until_amount > r.collected) as plans,
               max(r.run_id) filter (where r.until_amount > r.collected) as run_id
        from (
            select n.run_id, sum(n.amount) over (order by n.created_at, n.external_id) as until_amount, 'DNS plan ' || n.plan || ': '
                       || to_char(n.period_start at time zone 'UTC', 'YYYY-MM-DD') || ' to ' || to_char(n.period_end at time zone 'UTC', 'YYYY-MM-DD') as text,
                   coalesce((select sum(d.dns_amount) from cron_service.debits d
                       where d.account_id = o.id and d.dns_amount > 0 and d.state <> 'voided'), 0) as collected
            from cron_service.dns_renewals n where n.account_id = o.id) as r
    ) as n
$$;
comment on function cron_service.owing is
    'Accounts that owe at least a token and have no open debit: the whole tokens that they owe, the part of the amount that is for DNS plans, those plans, and the latest run that renewed one.';

-- claim_debit and settle_debit are functions, so that a session caches their plans: a large fleet has tens of thousands of debits an hour, each
-- in transactions of its own.

-- Sorting is disabled, so that debits are read in the order of their index: with statistics older than a run's debits, the planner would sort all of them for each claim.
create function cron_service.claim_debit(claim_time interval, attempted_before timestamptz, top_up_id bigint)
    returns table (debit_id bigint, claim_number integer, account_id bigint, user_id integer, gives_tokens boolean, tokens integer,
        reference text, is_short boolean) language plpgsql set enable_sort = off as $$
begin
    return query update cron_service.debits d
    set state = 'sending', claim_number = d.claim_number + 1, deadline = now() + claim_debit.claim_time,
        last_attempt_at = now(), balance_before_tokens = null, last_reading_tokens = null, last_reading_at = null, message = null
    from cron_service.accounts a
    where a.id = d.account_id and d.id = (
        select p.id from cron_service.debits p
        where p.state = 'pending' and (claim_debit.top_up_id is null or p.top_up_id = claim_debit.top_up_id
              or p.is_short and p.account_id = (select t.account_id from cron_service.top_ups t where t.id = claim_debit.top_up_id))
          and p.next_attempt_at <= case when claim_debit.attempted_before is null then now() else 'infinity' end
          and (p.last_attempt_at is null or p.last_attempt_at < coalesce(claim_debit.attempted_before, now()))
          -- Checked in the statement itself: once a pause is committed, no debit is claimed.
          and not exists (select from cron_service.pauses
              where job in ('*', case when p.top_up_id is null then 'hourly-billing' else 'payments' end))
          and not exists (select from cron_service.debits u where u.account_id = p.account_id and u.state in ('sending', 'in_doubt'))
        order by p.next_attempt_at, p.id
        for update skip locked limit 1)
    returning d.id, d.claim_number, d.account_id, a.user_id, d.kind in ('refund', 'grant'), d.tokens::integer, d.reference,
        d.is_short and d.next_attempt_at > now();
end $$;
comment on function cron_service.claim_debit is
    'Claims the next pending debit that is due; with attempted_before, any that was not attempted since then; with top_up_id, only those of that top-up.';

create function cron_service.account_group(account_id bigint) returns smallint language sql immutable parallel safe return (account_id % 64)::smallint;
comment on function cron_service.account_group is 'The part of taken_days that counts an account''s tokens.';

create table cron_service.taken_days (
    day timestamptz not null check (day = date_trunc('day', day, 'UTC')),
    account_group smallint not null,
    tokens bigint not null,
    primary key (day, account_group)
) with (fillfactor = 50);
comment on table cron_service.taken_days is
    'The tokens that debits of a sixty-fourth of the accounts took on a day (UTC): settlements would wait for a row that all of them update. The integrity check verifies it.';

create function cron_service.settle_debit(
    debit_id bigint, claim_number integer, from_states text[], credit_id text, message text, decided_by text, reason text)
    returns table (account_id bigint, owed_amount numeric) language plpgsql as $$
declare
    owner_id bigint;
    debit cron_service.debits;
begin
    select d.account_id into strict owner_id from cron_service.debits d where d.id = settle_debit.debit_id;
    -- The account is locked first, as by every other transaction that moves its money.
    perform from cron_service.accounts a where a.id = owner_id for update;
    update cron_service.debits d
    set state = 'settled', settled_at = now(), credit_id = coalesce(settle_debit.credit_id, d.credit_id), message = settle_debit.message,
        decided_by = coalesce(settle_debit.decided_by, d.decided_by), decision_reason = coalesce(settle_debit.reason, d.decision_reason)
    where d.id = settle_debit.debit_id and d.claim_number = settle_debit.claim_number and d.state = any(from_states)
    returning * into debit;
    if not found then
        return;
    end if;

    perform cron_service.insert_transfer(case debit.kind when 'grant' then 'top_up' else debit.kind end,
        case debit.kind when 'refund' then owner_id when 'grant' then p.id else w.id end,
        case debit.kind when 'debit' then owner_id when 'claw_back' then p.id else w.id end,
        debit.amount, debit.kind || ':' || debit.id, debit.run_id, now())
    from cron_service.accounts w, cron_service.accounts p where w.kind = 'wallet_clearing' and p.kind = 'payment_clearing';

    if debit.kind = 'debit' then
        insert into cron_service.taken_days as t (day, account_group, tokens) values (date_trunc('day', now(), 'UTC'), cron_service.account_group(owner_id), debit.tokens)
        on conflict (day, account_group) do update set tokens = t.tokens + excluded.tokens;
    end if;

    -- Debits that waited for money are due now, since tokens were granted.
    if debit.kind = 'grant' then
        update cron_service.debits d set next_attempt_at = now() where d.account_id = owner_id and d.state = 'pending' and d.is_short;
    end if;
    return query select a.id, a.owed_amount from cron_service.accounts a where a.id = owner_id;
end $$;
comment on function cron_service.settle_debit is
    'Settles a debit that is in one of from_states under this claim, and posts its transfer. Returns the account and what it owes afterwards; no row when the debit has changed in between.';

create function cron_service.run_figures(run_id bigint) returns table (servers integer, hours bigint, amount numeric, tokens bigint)
    language sql stable as $$
    select count(distinct c.server_id)::integer, count(c.server_id),
           coalesce(sum(c.amount), 0) + coalesce((select sum(n.amount) from cron_service.dns_renewals n where n.run_id = run_figures.run_id), 0),
           (select coalesce(sum(d.tokens), 0) from cron_service.debits d where d.run_id = run_figures.run_id and d.kind = 'debit' and d.state = 'settled')::bigint
    from cron_service.charges c where c.run_id = run_figures.run_id
$$;
comment on function cron_service.run_figures is 'The committed figures of a run: charged servers and hours, the amount including DNS renewals, and the tokens of its settled debits.';
