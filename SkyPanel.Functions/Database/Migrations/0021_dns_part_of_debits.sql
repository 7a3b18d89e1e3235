-- What part of a debit pays for DNS plans is money like the rest: what is owed never changes, only its fate.
create or replace function cron_service.check_debit_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a debit is never deleted' using errcode = 'integrity_constraint_violation';
    end if;
    if old.state in ('settled', 'voided') then
        raise exception 'debit % is %: it never changes again', old.id, old.state using errcode = 'integrity_constraint_violation';
    end if;
    if (new.account_id, new.kind, new.tokens, new.amount, new.dns_amount, new.created_at)
        is distinct from (old.account_id, old.kind, old.tokens, old.amount, old.dns_amount, old.created_at) then
        raise exception 'debit %: what is owed never changes, only its fate', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.claim_number <> old.claim_number and not (old.state = 'pending' and new.state = 'sending' and new.claim_number = old.claim_number + 1) then
        raise exception 'debit %: only a claim changes the claim number', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('pending', 'sending'),
        ('sending', 'settled'), ('sending', 'pending'), ('sending', 'held'), ('sending', 'in_doubt'),
        ('in_doubt', 'settled'), ('in_doubt', 'pending'), ('in_doubt', 'held'),
        ('held', 'settled'), ('held', 'pending'), ('held', 'voided')) then
        raise exception 'debit %: % to % is not an arrow of its life', old.id, old.state, new.state using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
