-- An hour's charge is the difference of two costs: taken in whole millionths, it becomes a numeric once, not twice.
create function cron_service.cost_micros(price_micros bigint, seconds_counted bigint, price_seconds integer) returns bigint
    language sql immutable parallel safe
    return (2 * price_micros * seconds_counted + price_seconds) / (2 * price_seconds);
comment on function cron_service.cost_micros is 'cron_service.cost for whole seconds, in millionths of a currency unit: round6(price x seconds / price_seconds) in integers.';

create function cron_service.owing(tokens_per_unit numeric) returns table (account_id bigint, tokens bigint)
    language sql stable as $$
    select a.id, least(floor(a.owed_amount * owing.tokens_per_unit), 2000000000)::bigint
    from cron_service.accounts a
    where a.kind = 'customer' and a.owed_amount * owing.tokens_per_unit >= 1
      and not exists (select from cron_service.debits d where d.account_id = a.id and d.state in ('pending', 'sending', 'in_doubt', 'held'))
$$;
comment on function cron_service.owing is 'Accounts that owe a whole token and have no open debit, with all the whole tokens that they owe.';
