-- Payments: customers pay by PayPal and get tokens.

-- One row per top-up. Its amounts are fixed when it is opened; check_top_up_change allows the transitions of its state.
create table cron_service.top_ups (
    id bigint generated always as identity primary key,
    reference uuid not null unique default gen_random_uuid(),
    account_id bigint not null references cron_service.accounts,
    amount numeric(18, 6) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    tokens_per_unit integer not null check (tokens_per_unit > 0),
    tokens bigint not null check (tokens > 0),
    opened_by text not null,
    created_at timestamptz not null default now(),
    state text not null default 'created' check (state in ('created', 'ordered', 'capturing', 'in_doubt', 'pending', 'declined', 'captured', 'granting', 'granted',
        'partly_refunded', 'refunded', 'disputed', 'won', 'lost', 'held', 'cancelled', 'expired', 'denied')),
    message text,
    order_id text unique,
    payee_id text,
    approve_url text,
    capture_attempt integer not null default 1,
    approved_at timestamptz,
    declined_at timestamptz,
    capture_id text unique,
    captured_amount numeric(18, 6),
    captured_currency text,
    captured_at timestamptz,
    difference text,
    refunded_amount numeric(18, 6) not null default 0 check (refunded_amount >= 0),
    dispute_id text,
    dispute_state text check (dispute_state in ('open', 'won', 'lost')),
    other_dispute_id text,
    lost_amount numeric(18, 6) not null default 0 check (lost_amount >= 0),
    reversed_amount numeric(18, 6) not null default 0 check (reversed_amount >= 0),
    restored_amount numeric(18, 6) not null default 0 check (restored_amount >= 0),
    claw_back_hold text,
    claim_number integer not null default 0,
    claimed_until timestamptz,
    looked_at timestamptz,
    woken_at timestamptz,
    next_look_at timestamptz not null default now(),
    failed_looks integer not null default 0,
    check (tokens = floor(amount * tokens_per_unit)),
    check ((capture_id is null) = (captured_amount is null) and (capture_id is null) = (captured_currency is null)),
    check (state not in ('captured', 'granting', 'granted', 'partly_refunded', 'refunded', 'disputed', 'won', 'lost') or capture_id is not null)
) with (fillfactor = 70);
comment on column cron_service.top_ups.reference is 'Sent to PayPal as custom_id and invoice_id, and as the prefix of each PayPal-Request-Id.';
comment on column cron_service.top_ups.payee_id is 'The merchant that PayPal named when the order was created.';
comment on column cron_service.top_ups.capture_attempt is 'Incremented when a capture is declined, so that the next one is a new request.';
comment on column cron_service.top_ups.approved_at is 'When the payer last came back from PayPal, or PayPal reported an approval.';
comment on column cron_service.top_ups.declined_at is 'When a capture was last declined. The next one needs a later approval.';
comment on column cron_service.top_ups.difference is 'How the payment differs from the order. A person decides about it.';
comment on column cron_service.top_ups.refunded_amount is 'The amount that PayPal has returned to the payer so far, in refunds and reversals.';
comment on column cron_service.top_ups.other_dispute_id is 'Another dispute of the payment, to be followed when the one that is followed now is closed.';
comment on column cron_service.top_ups.lost_amount is 'The amount that a lost dispute took and PayPal doesn''t list as a refund.';
comment on column cron_service.top_ups.reversed_amount is 'The part of refunded_amount that is the reversal of its dispute, from the loss until it is won on appeal.';
comment on column cron_service.top_ups.restored_amount is 'The part of refunded_amount that the payer had to give back, as disputes were won on appeal.';
comment on column cron_service.top_ups.claw_back_hold is 'Why each claw-back of its tokens is held for a person: it was restored, and the backup may lack earlier ones.';
comment on column cron_service.top_ups.claim_number is 'Incremented by each step. A process with an older number writes nothing.';
comment on column cron_service.top_ups.woken_at is 'When the payer''s return or a webhook last triggered the next step.';
create index top_ups_due on cron_service.top_ups (next_look_at) where next_look_at < 'infinity';
create index top_ups_account on cron_service.top_ups (account_id, created_at);
create index top_ups_state on cron_service.top_ups (state, id);
-- Seven looks in a row fail within about an hour.
create index top_ups_failing on cron_service.top_ups (id) where captured_at is not null and failed_looks >= 7;
create index top_ups_captured on cron_service.top_ups (captured_at) where captured_at is not null;

alter table cron_service.debits add constraint debits_top_up foreign key (top_up_id) references cron_service.top_ups;

create function cron_service.check_top_up_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a top-up is never deleted' using errcode = 'integrity_constraint_violation';
    end if;
    if (new.reference, new.account_id, new.amount, new.currency, new.tokens_per_unit, new.tokens, new.opened_by, new.created_at)
        is distinct from (old.reference, old.account_id, old.amount, old.currency, old.tokens_per_unit, old.tokens, old.opened_by, old.created_at) then
        raise exception 'top-up %: what is paid for never changes', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if old.order_id is not null and new.order_id is distinct from old.order_id or old.capture_id is not null and new.capture_id is distinct from old.capture_id then
        raise exception 'top-up %: it has one order and one capture', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.refunded_amount < old.refunded_amount or new.claim_number < old.claim_number then
        raise exception 'top-up %: neither what was given back nor the claim number becomes less', old.id using errcode = 'integrity_constraint_violation';
    end if;
    -- The reversal of one dispute is not restored by another one.
    if new.dispute_id is distinct from old.dispute_id then
        new.reversed_amount := 0;
    end if;
    if new.state <> old.state and not exists (select from cron_service.top_up_transitions a where a.from_state = old.state and a.to_state = new.state) then
        raise exception 'top-up %: % to % is not an allowed transition', old.id, old.state, new.state using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger check_top_up_change before update or delete on cron_service.top_ups
    for each row execute function cron_service.check_top_up_change();
create trigger top_ups_never_truncated before truncate on cron_service.top_ups
    for each statement execute function cron_service.refuse_change();

-- A payment that PayPal shows is accepted in every earlier state: a payer may approve late, and a restored database lacks the latest states.
create view cron_service.top_up_transitions as
select f.from_state, t.to_state from (values
    ('created', array['ordered', 'cancelled', 'expired']),
    ('ordered', array['capturing', 'pending', 'declined', 'captured', 'held', 'denied', 'cancelled', 'expired']),
    ('capturing', array['in_doubt', 'ordered', 'pending', 'declined', 'captured', 'held', 'denied']),
    ('in_doubt', array['capturing', 'ordered', 'pending', 'declined', 'captured', 'held', 'denied']),
    ('pending', array['captured', 'held', 'denied']),
    ('declined', array['capturing', 'pending', 'captured', 'held', 'denied', 'cancelled', 'expired']),
    ('cancelled', array['capturing', 'pending', 'declined', 'captured', 'held', 'denied', 'expired']),
    ('expired', array['capturing', 'pending', 'declined', 'captured', 'held', 'denied']),
    ('captured', array['granting', 'refunded', 'disputed', 'lost', 'held']),
    ('granting', array['granted', 'partly_refunded', 'refunded', 'disputed', 'won', 'lost', 'held']),
    ('granted', array['partly_refunded', 'refunded', 'disputed', 'won', 'lost']),
    ('partly_refunded', array['refunded', 'disputed', 'lost', 'held']),
    ('refunded', array['disputed', 'lost']),
    ('disputed', array['captured', 'granting', 'granted', 'partly_refunded', 'refunded', 'won', 'lost', 'held']),
    ('won', array['partly_refunded', 'refunded', 'disputed', 'lost', 'held']),
    ('lost', array['granting', 'partly_refunded', 'refunded', 'disputed', 'won', 'held']),
    ('held', array['granting', 'partly_refunded', 'refunded', 'disputed', 'lost', 'denied'])
) as f(from_state, to_states) cross join lateral unnest(f.to_states) as t(to_state);
comment on view cron_service.top_up_transitions is 'All allowed transitions of a top-up''s state.';

-- A voided grant gave no tokens; a voided claw-back counts as taken back, since the tokens were forgiven.
create view cron_service.top_up_tokens as
select top_up_id, sum(case kind when 'grant' then tokens else -tokens end) as tokens, count(*) filter (where kind = 'grant' and again_after is null) as grants,
       coalesce(sum(tokens) filter (where kind = 'claw_back' and state = 'voided'), 0) as forgiven,
       bool_or(kind = 'claw_back' and state in ('pending', 'sending', 'in_doubt', 'held')) as is_taking_back
from cron_service.debits where top_up_id is not null and (kind = 'claw_back' or state <> 'voided')
group by top_up_id;
comment on view cron_service.top_up_tokens is 'The tokens granted for each top-up, minus those taken back, whether settled or still in progress.';

-- One row per refund that an operator ordered; its reference is the PayPal-Request-Id.
create table cron_service.top_up_refunds (
    id bigint generated always as identity primary key,
    top_up_id bigint not null references cron_service.top_ups,
    reference uuid not null unique default gen_random_uuid(),
    amount numeric(18, 6) not null check (amount > 0),
    state text not null default 'ordered' check (state in ('ordered', 'done', 'refused')),
    refund_id text unique,
    message text,
    requested_by text not null,
    reason text not null,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    check ((state = 'ordered') = (closed_at is null))
);
create unique index top_up_refunds_open on cron_service.top_up_refunds (top_up_id) where state = 'ordered';
create index top_up_refunds_top_up on cron_service.top_up_refunds (top_up_id, id);

-- One row per event of PayPal's webhook with a verified signature; a repeated delivery adds nothing.
create table cron_service.paypal_events (
    event_id text primary key,
    event_type text not null,
    body jsonb not null,
    sent_at timestamptz not null,
    received_at timestamptz not null default now(),
    top_up_id bigint references cron_service.top_ups
);
comment on column cron_service.paypal_events.top_up_id is 'The top-up whose next step it triggered. Null: it concerns none.';
create index paypal_events_top_up on cron_service.paypal_events (top_up_id) where top_up_id is not null;
create index paypal_events_received on cron_service.paypal_events (received_at);

-- One row: the hourly look into PayPal's list of disputes. Webhooks may be absent or lost.
create table cron_service.dispute_sweep (
    singleton boolean primary key default true check (singleton),
    swept_at timestamptz not null default '-infinity',
    updated_until timestamptz
);
comment on column cron_service.dispute_sweep.updated_until is 'PayPal''s time of the latest change that was read. Null: none was.';
insert into cron_service.dispute_sweep default values;
