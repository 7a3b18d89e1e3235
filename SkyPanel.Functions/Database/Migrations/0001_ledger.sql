-- The ledger: double entry. Transfers move money between accounts and are never changed: a mistake is corrected by a further transfer.
-- What a customer owes is the sum of the customer's transfers, maintained by a trigger.

create schema if not exists cron_service;

-- One row per customer, inserted when the customer's first server is enrolled, and one for each account of our own: revenue, wallet clearing, payment clearing.
create table cron_service.accounts (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('customer', 'revenue', 'wallet_clearing', 'payment_clearing')),
    user_id integer unique,
    owed_amount numeric(18, 6) not null default 0,
    created_at timestamptz not null default now(),
    check ((kind = 'customer') = (user_id is not null))
) with (fillfactor = 70);
comment on column cron_service.accounts.user_id is 'The panel''s users.id, which is VirtFusion''s extRelationId.';
comment on column cron_service.accounts.owed_amount is
    'Customers only: charges + DNS renewals + supplements - credit notes - settled debits + settled refunds. Our own accounts stay 0 here; the view balances has theirs.';

create unique index accounts_own_kind on cron_service.accounts (kind) where kind <> 'customer';
insert into cron_service.accounts (kind) values ('revenue'), ('wallet_clearing'), ('payment_clearing');

-- One row per movement of money; append-only.
create table cron_service.transfers (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('charge', 'debit', 'refund', 'credit_note', 'supplement', 'top_up', 'claw_back', 'dns_renewal')),
    from_account_id bigint not null references cron_service.accounts,
    to_account_id bigint not null references cron_service.accounts,
    amount numeric(18, 6) not null check (amount > 0),
    external_id text not null unique,
    run_id bigint,
    effective_at timestamptz not null,
    created_at timestamptz not null default now(),
    check (from_account_id <> to_account_id)
);
comment on column cron_service.transfers.external_id is 'Identifies what is posted, e.g. charge:<run>.<transaction>:<account> or debit:<id>, so that it is posted once.';
comment on column cron_service.transfers.effective_at is 'The time that the transfer concerns; created_at is when it was written.';
create index transfers_from on cron_service.transfers (from_account_id, id);
create index transfers_to on cron_service.transfers (to_account_id, id);
create index transfers_run on cron_service.transfers (run_id) where run_id is not null;

create function cron_service.insert_transfer(
    kind text, from_account_id bigint, to_account_id bigint, amount numeric, external_id text, run_id bigint, effective_at timestamptz)
    returns void language plpgsql as $$
begin
    insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
    values (insert_transfer.kind, insert_transfer.from_account_id, insert_transfer.to_account_id, insert_transfer.amount,
        insert_transfer.external_id, insert_transfer.run_id, insert_transfer.effective_at);
end $$;
comment on function cron_service.insert_transfer is 'Posts a transfer, for functions that do it; the app''s statements insert many at once.';

create view cron_service.balances as
select a.id as account_id, a.kind, a.user_id, a.owed_amount, coalesce(m.amount, 0) as balance_amount
from cron_service.accounts a
left join (select account_id, sum(amount) as amount
           from (select from_account_id as account_id, amount from cron_service.transfers
                 union all
                 select to_account_id, -amount from cron_service.transfers) as sides
           group by account_id) as m on m.account_id = a.id;
comment on view cron_service.balances is 'Out minus in, so a customer who owes is positive. All balances add up to zero.';

create function cron_service.post_transfers() returns trigger language plpgsql as $$
begin
    update cron_service.accounts a
    set owed_amount = a.owed_amount + moved.amount
    from (select account_id, sum(amount) as amount
          from (select from_account_id as account_id, amount from added
                union all
                select to_account_id, -amount from added) as sides
          group by account_id) as moved
    where a.id = moved.account_id and a.kind = 'customer';
    return null;
end $$;
create trigger post_transfers after insert on cron_service.transfers
    referencing new table as added for each statement execute function cron_service.post_transfers();

-- For every append-only table, here and in the later scripts. A truncate needs a trigger of its own: it doesn't fire row triggers.
create function cron_service.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: correct it by adding, never by %', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'integrity_constraint_violation';
end $$;
create procedure cron_service.make_append_only(t regclass) language plpgsql as $$
declare
    name text := (select relname from pg_class where oid = t);
begin
    execute format('create trigger %I before update or delete on %s for each row execute function cron_service.refuse_change()', name || '_append_only', t);
    execute format('create trigger %I before truncate on %s for each statement execute function cron_service.refuse_change()', name || '_never_truncated', t);
end $$;
call cron_service.make_append_only('cron_service.transfers');
