-- The panel's tables and columns, for a database without a panel, such as the demo's. Run only where Panel:CreateTables is true.
-- Existing tables stay as they are. Times without a zone are in UTC, as the panel's ORM writes them.

-- A settings row is inserted, so that an operator can change it by hand. Not if the panel has settings of its own, which that row would override, nor
-- if the app has read settings before: it would treat the row, which is off, as a change.
create temporary table first_settings on commit drop as
select to_regclass('public.server_hourly_billing_settings') is null and to_regclass('public.settings') is null
       and not exists (select from cron_service.jobs where job = 'hourly-billing') as is_wanted;

create table if not exists public.users (
    id serial primary key,
    email text not null unique,
    username text not null unique,
    password text,
    full_name text not null,
    role text not null default 'client',
    virtfusion_id integer,
    is_verified boolean not null default false,
    is_active boolean not null default true,
    created_at timestamp not null default (now() at time zone 'UTC'),
    updated_at timestamp not null default (now() at time zone 'UTC')
);

create table if not exists public.package_pricing (
    id serial primary key,
    virtfusion_package_id integer not null unique,
    name text not null,
    description text,
    price integer not null,
    display_order integer default 0,
    enabled boolean not null default true,
    category_id integer,
    created_at timestamp not null default (now() at time zone 'UTC'),
    updated_at timestamp not null default (now() at time zone 'UTC')
);
comment on column public.package_pricing.price is 'Integer cents per month.';

create table if not exists public.settings (
    id serial primary key,
    key text not null unique,
    value text not null,
    updated_at timestamp default (now() at time zone 'UTC')
);

create table if not exists public.server_hourly_billing_settings (
    id uuid primary key default gen_random_uuid(),
    hours_per_month integer not null default 730,
    cron_enabled boolean not null default false,
    cron_schedule text not null default '0 * * * *',
    last_cron_run timestamptz,
    next_cron_run timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.virtfusion_hourly_billing (
    id serial primary key,
    user_id integer not null,
    server_id integer not null,
    virtfusion_server_id integer not null,
    server_uuid text,
    package_id integer not null,
    package_name text not null,
    monthly_price numeric(10, 4) not null,
    hourly_rate numeric(10, 6) not null,
    hours_in_month integer not null default 730,
    billing_enabled boolean not null default true,
    server_created_at timestamp,
    last_billed_at timestamp,
    created_at timestamp not null default (now() at time zone 'UTC'),
    updated_at timestamp not null default (now() at time zone 'UTC')
);
comment on column public.virtfusion_hourly_billing.monthly_price is 'Whole currency units per month.';

create table if not exists public.virtfusion_hourly_transactions (
    id serial primary key,
    billing_id integer not null references public.virtfusion_hourly_billing on delete cascade,
    user_id integer not null,
    server_id integer not null,
    transaction_id integer,
    hours_billed numeric(4, 2) not null default 1.0,
    amount_charged numeric(10, 4) not null,
    billing_period_start timestamp not null,
    billing_period_end timestamp not null,
    status text not null default 'pending',
    created_at timestamp not null default (now() at time zone 'UTC')
);

create table if not exists public.transactions (
    id serial primary key,
    user_id integer not null references public.users on delete cascade,
    amount real not null,
    type text not null,
    description text not null,
    status text not null default 'pending',
    payment_method text,
    payment_id text,
    virtfusion_credit_id text,
    created_at timestamp default (now() at time zone 'UTC')
);

create table if not exists public.notifications (
    id serial primary key,
    user_id integer not null references public.users on delete cascade,
    title text not null,
    message text not null,
    type text not null default 'info',
    read boolean not null default false,
    link text,
    created_at timestamp not null default (now() at time zone 'UTC')
);

-- The panel's schema tool does not create this table.
create table if not exists public.dns_billing_settings (
    id uuid primary key default gen_random_uuid(),
    cron_enabled boolean not null default false,
    cron_schedule text not null default '0 2 1 * *',
    last_cron_run timestamptz,
    next_cron_run timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

insert into public.server_hourly_billing_settings (cron_enabled) select false from first_settings where is_wanted;
