-- The outbox: messages to other systems, to be sent.

create table cron_service.outbox (
    id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    dedupe_key text not null unique,
    payload jsonb not null,
    state text not null default 'pending' check (state in ('pending', 'settled', 'discarded')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    claim_number integer not null default 0,
    claimed_until timestamptz,
    message text,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    check ((state = 'pending') = (closed_at is null))
);
comment on table cron_service.outbox is
    'A message to another system, inserted in the transaction that causes it. Sending is attempted until the message is settled, or discarded with the reason.';
comment on column cron_service.outbox.subject is 'Messages about one subject are sent in the order in which they were written.';
comment on column cron_service.outbox.claim_number is 'Incremented by each claim. A sender with an older number no longer changes the row.';
create index outbox_due on cron_service.outbox (next_attempt_at, id) where state = 'pending';
create index outbox_subjects on cron_service.outbox (subject, id) where state = 'pending';
create index outbox_created on cron_service.outbox (created_at);
create index outbox_discarded on cron_service.outbox (closed_at) where state = 'discarded';
