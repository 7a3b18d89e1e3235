-- What part of a debit pays for DNS plans: its row in the panel's transactions says what the tokens were for.

alter table cron_service.debits add column dns_amount numeric(18, 6) not null default 0 check (dns_amount between 0 and amount);
comment on column cron_service.debits.dns_amount is 'The part of amount that DNS renewals owe and no earlier debit collects; the rest is for servers.';

create index debits_dns on cron_service.debits (account_id) where dns_amount > 0;
create index dns_renewals_account on cron_service.dns_renewals (account_id);

drop function cron_service.owing(numeric);
create function cron_service.owing(tokens_per_unit numeric) returns table (account_id bigint, tokens bigint, dns_amount numeric)
    language sql stable as $$
    select o.id, o.tokens, greatest(0, least(o.tokens / owing.tokens_per_unit, coalesce(n.uncollected, 0)))
    from (
        select a.id, least(floor(a.owed_amount * owing.tokens_per_unit), 2000000000)::bigint as tokens
        from cron_service.accounts a
        where a.kind = 'customer' and a.owed_amount * owing.tokens_per_unit >= 1
          and not exists (select from cron_service.debits d where d.account_id = a.id and d.state in ('pending', 'sending', 'in_doubt', 'held'))
    ) as o
    left join (
        select r.account_id as id, sum(r.amount) - coalesce((
            select sum(d.dns_amount) from cron_service.debits d where d.account_id = r.account_id and d.dns_amount > 0 and d.state <> 'voided'), 0) as uncollected
        from cron_service.dns_renewals r group by r.account_id
    ) as n using (id)
$$;
comment on function cron_service.owing is
    'Accounts that owe a whole token and have no open debit, with all the whole tokens that they owe, and the part of their amount that is for DNS plans.';

create index dns_renewals_run on cron_service.dns_renewals (run_id);

create function cron_service.run_figures(run_id bigint) returns table (servers integer, hours bigint, amount numeric, tokens bigint)
    language sql stable as $$
    select count(distinct c.server_id)::integer, count(c.server_id),
           coalesce(sum(c.amount), 0) + coalesce((select sum(n.amount) from cron_service.dns_renewals n where n.run_id = run_figures.run_id), 0),
           (select coalesce(sum(d.tokens), 0) from cron_service.debits d where d.run_id = run_figures.run_id and d.kind = 'debit' and d.state = 'settled')::bigint
    from cron_service.charges c where c.run_id = run_figures.run_id
$$;
comment on function cron_service.run_figures is 'What a run has committed: servers and hours charged, their amount and that of DNS renewals, and the tokens of its own debits that are settled.';
