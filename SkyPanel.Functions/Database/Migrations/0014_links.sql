-- Links to the customer's own page, and statements.

-- One row per link: its token gives access to one account, until it expires or is revoked.
create table cron_service.customer_links (
    id bigint generated always as identity primary key,
    account_id bigint not null references cron_service.accounts,
    token_hash bytea not null unique check (length(token_hash) = 32),
    reason text not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by text,
    check (expires_at > created_at),
    check ((revoked_at is null) = (revoked_by is null))
);
comment on column cron_service.customer_links.token_hash is 'The SHA-256 of the token; the token itself is not stored.';
create index customer_links_account on cron_service.customer_links (account_id, id);

-- Statements are read for one account at a time.
create index adjustments_account on cron_service.adjustments (account_id);
-- Without the transfers of charges, one for each hour.
create index transfers_statement on cron_service.transfers (from_account_id) where kind in ('refund', 'dns_renewal', 'supplement');

-- Charges belong to the month of their hours, and so do the adjustments of a run that charges earlier hours after later ones. Everything else belongs to
-- the month in which it was posted. So a month whose hours are all decided never changes again.
create view cron_service.statement_months as
select account_id, month, sum(amount) as amount
from (
    select t.account_id, m.month, m.amount
    from cron_service.terms t join cron_service.server_months m on m.server_id = t.server_id and m.terms_id = t.id
    union all
    select account_id, month, case kind when 'credit_note' then amount else -amount end from cron_service.adjustments where correction_id is not null
    union all
    select account_id, date_trunc('month', created_at, 'UTC'), case kind when 'credit_note' then -amount else amount end
    from cron_service.adjustments where correction_id is not null
    union all
    select from_account_id, date_trunc('month', created_at, 'UTC'), amount from cron_service.transfers
    where kind in ('refund', 'dns_renewal', 'supplement') and (kind <> 'supplement' or external_id like 'repair:%')
    union all
    select to_account_id, date_trunc('month', created_at, 'UTC'), -amount from cron_service.transfers
    where kind = 'debit' or kind = 'credit_note' and external_id like 'repair:%'
) as moved
group by account_id, month;
comment on view cron_service.statement_months is
    'The change in what an account owes in each calendar month (UTC), from the sums that runs and corrections maintain. The lines of its statement add up to it.';
