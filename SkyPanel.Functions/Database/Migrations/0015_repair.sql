-- Repairs of what the panel's own engine took wrong before the take-over: credited or collected, once for each server and month.

-- One row per repair of a customer's account: a credit note when the panel took too much, a supplement when it took too little.
create table cron_service.repairs (
    id bigint generated always as identity primary key,
    account_id bigint not null references cron_service.accounts,
    kind text not null check (kind in ('credit_note', 'supplement', 'none')),
    amount numeric(18, 6) not null check (amount >= 0),
    hold_id bigint unique references cron_service.holds,
    reason text not null,
    author text not null,
    created_at timestamptz not null default now(),
    check ((kind = 'none') = (amount = 0))
);
comment on column cron_service.repairs.kind is 'none: too much for some servers equals too little for others.';
comment on column cron_service.repairs.hold_id is 'The hold of a supplement beyond a bound, which is posted when an admin approves it. Null: posted at once.';
create index repairs_account on cron_service.repairs (account_id);

create table cron_service.repair_lines (
    repair_id bigint not null references cron_service.repairs,
    server_id integer not null,
    month timestamptz not null check (month = date_trunc('month', month, 'UTC')),
    taken_amount numeric(18, 6) not null,
    exact_amount numeric(18, 6) not null,
    primary key (repair_id, server_id, month)
);
comment on table cron_service.repair_lines is
    'What the panel took for a server in a month, and the exact cost of its hours, as changes since the previous repair. The lines of all repairs add up to both.';
create index repair_lines_server on cron_service.repair_lines (server_id, month);

call cron_service.make_append_only('cron_service.repairs');
call cron_service.make_append_only('cron_service.repair_lines');

create view cron_service.repaired as
select r.account_id, l.server_id, l.month, sum(l.taken_amount) as taken_amount, sum(l.exact_amount) as exact_amount
from cron_service.repairs r join cron_service.repair_lines l on l.repair_id = r.id left join cron_service.holds h on h.id = r.hold_id
where r.hold_id is null or h.state = 'charged'
group by r.account_id, l.server_id, l.month;
comment on view cron_service.repaired is 'The repaired amounts of a server and month: taken minus exact was credited, or collected when negative.';
