-- Billing: the cost of the metered hours. Charges are the lines of a run's transfers; adjustments correct them by further lines; holds wait for a person.

create function cron_service.round6(amount numeric) returns numeric
    language sql immutable parallel safe return round(round(amount, 24), 6);
comment on function cron_service.round6 is
    'Rounds money to six decimals, half away from zero. The inner rounding repairs a quotient that numeric division truncated just below a tie.';

create function cron_service.cost(price_micros bigint, seconds_counted bigint, price_seconds integer) returns numeric
    language sql immutable parallel safe
    return ((2 * price_micros * seconds_counted + price_seconds) / (2 * price_seconds)) * 0.000001;
comment on function cron_service.cost(bigint, bigint, integer) is
    'round6(price x seconds / price_seconds) in integers, with the price in millionths: the result of the overload with numeric seconds, ten times faster.';

create function cron_service.cost(price_micros bigint, seconds_counted numeric, price_seconds integer) returns numeric
    language sql immutable parallel safe
    return cron_service.round6(price_micros * seconds_counted * 0.0000010000000000000000000000000000 / price_seconds);
comment on function cron_service.cost(bigint, numeric, integer) is
    'round6(price x seconds / price_seconds) for fractions of seconds, which the cap yields in a month with several bases.';

create function cron_service.cost_micros(price_micros bigint, seconds_counted bigint, price_seconds integer) returns bigint
    language sql immutable parallel safe
    return (2 * price_micros * seconds_counted + price_seconds) / (2 * price_seconds);
comment on function cron_service.cost_micros is 'cron_service.cost for whole seconds, in millionths of a currency unit: round6(price x seconds / price_seconds) in integers.';

create table cron_service.charges (
    server_id integer not null,
    hour_start timestamptz not null check (hour_start = date_trunc('hour', hour_start, 'UTC')),
    run_id bigint not null,
    account_id bigint not null,
    terms_id bigint not null,
    seconds_billed integer not null check (seconds_billed between 1 and 3600),
    seconds_counted numeric not null check (seconds_counted between 0 and 3600),
    amount numeric(18, 6) not null check (amount >= 0),
    primary key (server_id, hour_start)
);
comment on table cron_service.charges is
    'The cost of one server for one hour: a line of the transfer of its run and account. No foreign keys, since a run inserts up to a million rows; the integrity check verifies the references.';
comment on column cron_service.charges.seconds_counted is 'The part of seconds_billed below the monthly cap, which is paid for.';
-- Runs append, so a block range index finds a run's rows and costs the insert almost nothing.
create index charges_run on cron_service.charges using brin (run_id) with (pages_per_range = 16);

call cron_service.make_append_only('cron_service.charges');

create table cron_service.server_months (
    server_id integer not null,
    month timestamptz not null,
    terms_id bigint not null,
    seconds_billed bigint not null,
    seconds_counted numeric not null,
    amount numeric(18, 6) not null,
    is_rerated boolean not null default false,
    seconds_rerated numeric not null default 0,
    primary key (server_id, month, terms_id)
) with (fillfactor = 45);
comment on table cron_service.server_months is
    'The cost of a server in a calendar month (UTC) under one of its terms. Runs and corrections maintain it, and the integrity check verifies it.';
comment on column cron_service.server_months.seconds_billed is 'The corrected seconds, including those beyond the monthly cap; later charges continue from this sum.';
comment on column cron_service.server_months.seconds_counted is 'The part of them below the monthly cap, which is paid for.';
comment on column cron_service.server_months.amount is 'Charges and supplements minus credit notes.';
comment on column cron_service.server_months.is_rerated is 'True: some of its hours were corrected to a price other than that of the terms.';
comment on column cron_service.server_months.seconds_rerated is 'The part of seconds_counted in these hours; an hour is charged after the others.';
create index server_months_month on cron_service.server_months (month);

create table cron_service.month_caps (
    month timestamptz primary key check (month = date_trunc('month', month, 'UTC')),
    is_capped boolean not null
);
comment on table cron_service.month_caps is
    'Whether the monthly cap applies in a month: the value of Billing:MonthlyCap when its first hour was charged. It applies to all hours and corrections of the month.';
call cron_service.make_append_only('cron_service.month_caps');

create table cron_service.charged_days (
    day timestamptz primary key check (day = date_trunc('day', day, 'UTC')),
    hours bigint not null,
    amount numeric(18, 6) not null
);
comment on table cron_service.charged_days is
    'The charges of all servers for the hours of a day (UTC), before corrections. Runs maintain it, and the integrity check verifies it.';

-- Hours that are not charged until a person decides: the reason, the amount and the decision. The hours are in hold_spans; those of a correction in held_corrections.
create table cron_service.holds (
    id bigint generated always as identity primary key,
    scope text not null check (scope in ('server', 'account', 'run', 'correction')),
    server_id integer,
    account_id bigint references cron_service.accounts,
    from_hour timestamptz not null,
    until_hour timestamptz not null,
    hours integer not null,
    amount numeric(18, 6),
    reason text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'rejected', 'charged')),
    opened_by_run_id bigint,
    closed_by_run_id bigint,
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    created_at timestamptz not null default now(),
    check (from_hour < until_hour),
    check ((scope = 'server') = (server_id is not null)),
    check ((scope = 'account') = (account_id is not null))
);
comment on column cron_service.holds.scope is 'What is held: hours of a server (too old, or with a problem), of an account or a whole run beyond a bound, or a correction.';
comment on column cron_service.holds.hours is 'The server-hours of all its spans; they lie between from_hour and until_hour.';
create index holds_state on cron_service.holds (state, id);

create table cron_service.hold_spans (
    hold_id bigint not null references cron_service.holds,
    server_id integer not null,
    account_id bigint,
    from_hour timestamptz not null check (from_hour = date_trunc('hour', from_hour, 'UTC')),
    until_hour timestamptz not null check (until_hour = date_trunc('hour', until_hour, 'UTC')),
    charged_until timestamptz not null,
    primary key (server_id, from_hour),
    check (from_hour < until_hour),
    check (charged_until between from_hour and until_hour)
);
comment on table cron_service.hold_spans is
    'The hours of a hold, inserted with it and never changed. An hour is in at most one span, and is charged only after the approval of its hold.';
comment on column cron_service.hold_spans.account_id is 'The account that would have paid for these hours when they were held. Null: none.';
comment on column cron_service.hold_spans.charged_until is 'The hours of the span before this one were charged, after the hold was approved.';
create index hold_spans_hold on cron_service.hold_spans (hold_id);

-- Writers hold the lock of the revenue account, so no other transaction can add a span at the same time.
create function cron_service.check_hold_spans_disjoint() returns trigger language plpgsql as $$
declare
    overlap record;
begin
    select a.server_id, a.hold_id, s.hold_id as other_id into overlap
    from added a join cron_service.hold_spans s on s.server_id = a.server_id
        and s.from_hour < a.until_hour and s.until_hour > a.from_hour and s.from_hour <> a.from_hour
    limit 1;
    if found then
        raise exception 'server %: hours of hold % are in hold % already', overlap.server_id, overlap.hold_id, overlap.other_id
            using errcode = 'exclusion_violation';
    end if;
    return null;
end $$;
create trigger check_hold_spans_disjoint after insert on cron_service.hold_spans
    referencing new table as added for each statement execute function cron_service.check_hold_spans_disjoint();

create function cron_service.check_hold_span_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (new.hold_id, new.server_id, new.from_hour, new.until_hour) is distinct from (old.hold_id, old.server_id, old.from_hour, old.until_hour)
        or new.account_id is distinct from old.account_id or new.charged_until < old.charged_until then
        raise exception 'hold %: the hours of a hold never change, they are only charged', old.hold_id using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger check_hold_span_change before update or delete on cron_service.hold_spans
    for each row execute function cron_service.check_hold_span_change();
create trigger hold_spans_never_truncated before truncate on cron_service.hold_spans
    for each statement execute function cron_service.refuse_change();

create table cron_service.panel_rows (
    table_name text not null,
    ids int8range,
    row_id text,
    run_id bigint,
    debit_id bigint,
    check (num_nonnulls(ids, row_id) = 1)
);
comment on table cron_service.panel_rows is 'The rows that this app wrote to the panel''s tables. All other rows are foreign.';
comment on column cron_service.panel_rows.ids is 'Consecutive ids, if they are numbers. The ranges of a table are disjoint.';
comment on column cron_service.panel_rows.row_id is 'An id that is not a number.';
create unique index panel_rows_ids on cron_service.panel_rows (table_name, lower(ids)) where ids is not null;
create index panel_rows_row_id on cron_service.panel_rows (row_id) where row_id is not null;

-- Prepares the record of written rows. The panel uses ids again after its table was emptied, made anew or restored, so an older record ends before them.
create function cron_service.written_ids(written_table text, written text[]) returns table (ids int8range, row_id text)
language plpgsql as $$
declare
    ranges int8multirange;
    new_ids int8range;
begin
    if written[1] !~ '^[0-9]+$' then
        return query select null::int8range, id from unnest(written) as id;
        return;
    end if;
    ranges := (select range_agg(int8range(id, id, '[]')) from unnest(written::bigint[]) as id);
    for new_ids in select unnest(ranges) loop
        if lower(new_ids) < (select upper(p.ids) from cron_service.panel_rows p
                where p.table_name = written_table and lower(p.ids) < upper(new_ids) order by lower(p.ids) desc limit 1) then
            delete from cron_service.panel_rows p
            where p.table_name = written_table and lower(p.ids) >= lower(new_ids) and lower(p.ids) < upper(new_ids);
            update cron_service.panel_rows p set ids = int8range(lower(p.ids), lower(new_ids))
            where p.table_name = written_table and upper(p.ids) > lower(new_ids) and lower(p.ids) = (
                select max(lower(o.ids)) from cron_service.panel_rows o where o.table_name = written_table and lower(o.ids) < lower(new_ids));
        end if;
    end loop;
    return query select r, null::text from unnest(ranges) as r;
end $$;

create table cron_service.watched_tables (
    watch text not null,
    table_name text not null,
    settled_id bigint not null default 0,
    settled_rows bigint not null default 0,
    counted_from_id bigint not null default 0,
    all_rows bigint not null default 0,
    counted_at timestamptz not null default now(),
    primary key (watch, table_name)
);
comment on table cron_service.watched_tables is 'Tables of the panel that a job watches for foreign rows, since an admin last enabled the job.';
comment on column cron_service.watched_tables.settled_id is 'No row with this id or a lower one can still be committed.';
comment on column cron_service.watched_tables.all_rows is 'The number of rows above counted_from_id and up to settled_id, ours included, at the latest hourly count.';
comment on column cron_service.watched_tables.settled_rows is 'The number of foreign rows up to settled_id that appeared since the job was enabled.';

create table cron_service.foreign_rows (
    watch text not null,
    table_name text not null,
    row_id text not null,
    primary key (watch, table_name, row_id)
);
comment on table cron_service.foreign_rows is 'Foreign rows above watched_tables.settled_id that existed when an admin enabled the job.';

create table cron_service.interlock (
    signal text primary key,
    reading text,
    changed_at timestamptz,
    message text
);
comment on table cron_service.interlock is 'The latest reading of each sign that the panel''s own engine is active. changed_at: when the reading changed after the take-over.';

-- Corrections are additions: a correction states the seconds or the price that charged hours count with from now on, and adjustments post the difference.
-- Invariant: the charges and adjustments of a server and calendar month add up to the cost of its corrected seconds.

create table cron_service.corrections (
    id bigint generated always as identity primary key,
    server_id integer not null,
    from_hour timestamptz not null,
    until_hour timestamptz not null,
    seconds integer check (seconds between 0 and 3600),
    price_micros bigint check (price_micros >= 0),
    restores boolean not null,
    reason text not null,
    author text not null,
    created_at timestamptz not null default now(),
    check (from_hour < until_hour),
    check (restores = (seconds is null and price_micros is null))
);
comment on table cron_service.corrections is 'A person''s correction of charged hours of a server, once it is applied.';
comment on column cron_service.corrections.restores is 'True: the hours count as they were charged, and earlier corrections of them are undone.';
call cron_service.make_append_only('cron_service.corrections');

create table cron_service.adjustments (
    id bigint generated always as identity primary key,
    correction_id bigint references cron_service.corrections,
    server_id integer not null,
    account_id bigint not null references cron_service.accounts,
    month timestamptz not null,
    from_hour timestamptz not null,
    until_hour timestamptz not null,
    kind text not null check (kind in ('credit_note', 'supplement', 'none')),
    amount numeric(18, 6) not null check (amount >= 0),
    transfer_id bigint references cron_service.transfers,
    reason text not null,
    author text not null,
    created_at timestamptz not null default now(),
    check (from_hour < until_hour),
    check ((kind = 'none') = (amount = 0)),
    check ((kind = 'none') = (transfer_id is null))
);
comment on table cron_service.adjustments is
    'One row per correction, account and calendar month. kind none: the hours change but the cost of the month does not, for instance because the cap is still reached.';
comment on column cron_service.adjustments.correction_id is
    'Null: a run charged earlier hours after later ones, which changed the prices that the cap applied to.';
create index adjustments_server on cron_service.adjustments (server_id, month);
create index adjustments_month on cron_service.adjustments (month);
create index adjustments_transfer on cron_service.adjustments (transfer_id);
call cron_service.make_append_only('cron_service.adjustments');

create table cron_service.corrected_hours (
    server_id integer not null,
    hour_start timestamptz not null,
    correction_id bigint not null references cron_service.corrections,
    seconds integer not null check (seconds between 0 and 3600),
    price_micros bigint not null check (price_micros >= 0),
    primary key (server_id, hour_start, correction_id)
);
comment on table cron_service.corrected_hours is 'The seconds and the price of a charged hour after a correction. The latest correction applies.';
call cron_service.make_append_only('cron_service.corrected_hours');

-- The correction that a hold of scope correction keeps back; it is applied when the hold is approved.
create table cron_service.held_corrections (
    hold_id bigint primary key references cron_service.holds,
    server_id integer not null,
    seconds integer check (seconds between 0 and 3600),
    price_micros bigint check (price_micros >= 0),
    restores boolean not null,
    reason text not null,
    author text not null,
    check (restores = (seconds is null and price_micros is null))
);
call cron_service.make_append_only('cron_service.held_corrections');

-- The mean of the latest 24 charging runs, which Billing:MaxPercentOfMean refers to; null with fewer than 3. An account's latest transfers are found by
-- their index: reading all of them would take longer every month.
create function cron_service.mean_run_of_account(of_account_id bigint, but_run_id bigint) returns numeric
    language sql stable as $$
    select avg(r.amount) from (
        select sum(l.amount) as amount from (
            select t.run_id, t.amount from cron_service.transfers t
            where t.from_account_id = of_account_id and t.kind = 'charge' and t.run_id is distinct from but_run_id
            order by t.id desc limit 48) as l
        group by l.run_id order by l.run_id desc limit 24) as r
    having count(*) >= 3
$$;

create function cron_service.mean_run(but_run_id bigint) returns numeric
    language sql stable as $$
    select avg(r.amount) from (
        select sum(t.amount) as amount from cron_service.transfers t
        where t.kind = 'charge' and t.run_id is not null and t.run_id is distinct from but_run_id
        group by t.run_id order by t.run_id desc limit 24) as r
    having count(*) >= 3
$$;

create function cron_service.month_cost(of_server_id integer, of_month timestamptz, before_run_id bigint default null, before timestamptz default null)
    returns table (terms_id bigint, account_id bigint, is_rerated boolean, seconds bigint, seconds_counted numeric, amount numeric)
    language sql stable set enable_nestloop = on as $$
    with hours as (
        select c.hour_start, c.terms_id, c.account_id, t.price_seconds, t.is_monthly,
               coalesce(h.seconds, c.seconds_billed) as seconds, (t.price * 1000000)::bigint as charged_micros,
               coalesce(h.price_micros, (t.price * 1000000)::bigint) as price_micros,
               max(t.price_seconds) filter (where t.is_monthly) over () as month_seconds
        from cron_service.charges c
        join cron_service.terms t on t.id = c.terms_id
        left join lateral (
            select * from cron_service.corrected_hours h where h.server_id = c.server_id and h.hour_start = c.hour_start
                and (before is null or exists (select from cron_service.corrections k where k.id = h.correction_id and k.created_at < before))
            order by h.correction_id desc limit 1) h on true
        where c.server_id = of_server_id and c.hour_start >= of_month and c.hour_start < of_month + interval '1 month'
            and (before_run_id is null or c.run_id < before_run_id)
    ), used as (
        select *, sum(month_used) over (order by hour_start) as used_after
        from (select *, case when not is_monthly then 0 when price_seconds = month_seconds then seconds
                        else 1.0000000000000000000000000000 * seconds * month_seconds / price_seconds end as month_used from hours) h
    ), counted as (
        select *, case when not is_monthly or used_after <= month_seconds
                or not (select k.is_capped from cron_service.month_caps k where k.month = of_month) then seconds
            when price_seconds = month_seconds then least(month_seconds, used_after) - least(month_seconds, used_after - month_used)
            else least(seconds, (least(month_seconds, used_after) - least(month_seconds, used_after - month_used))
                 * price_seconds * 1.0000000000000000000000000000 / month_seconds) end as counted
        from used
    )
    select terms_id, account_id, price_micros <> charged_micros, sum(seconds), sum(counted), cron_service.cost(price_micros, sum(counted), price_seconds)
    from counted group by terms_id, account_id, price_micros, charged_micros, price_seconds
$$;
comment on function cron_service.month_cost is
    'The present cost of a server''s month, one row per price: its corrected seconds, counted in the order of the hours until the monthly cap is reached. Or its cost before a run, with the corrections until then.';
