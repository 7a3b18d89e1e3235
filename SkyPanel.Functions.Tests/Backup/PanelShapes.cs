namespace SkyPanel.Functions.Tests.Backup;

/// <summary>Panels as nobody's migrations make them, on which the billing works.</summary>
public static class PanelShapes
{
    public static readonly Dictionary<string, string> Sql = new()
    {
        ["columns that may be null"] = """
            alter table public.virtfusion_hourly_billing alter monthly_price drop not null, alter hours_in_month drop not null;
            update public.virtfusion_hourly_billing set monthly_price = null, hours_in_month = null, hourly_rate = 0.5
                where virtfusion_server_id = 1;
            alter table public.virtfusion_hourly_transactions alter status drop not null;
            update public.virtfusion_hourly_transactions set status = null where server_id = 1
            """,
        ["ids that are uuids"] = """
            truncate public.virtfusion_hourly_transactions, public.transactions;
            alter table public.virtfusion_hourly_transactions drop constraint virtfusion_hourly_transactions_billing_id_fkey,
                alter billing_id type uuid using null,
                alter id drop default, alter id type uuid using gen_random_uuid(), alter id set default gen_random_uuid();
            alter table public.virtfusion_hourly_billing alter id drop default, alter id type uuid using gen_random_uuid(),
                alter id set default gen_random_uuid();
            create function public.new_id() returns uuid language sql as 'select gen_random_uuid()';
            alter table public.transactions alter id drop default, alter id type uuid using gen_random_uuid(),
                alter id set default public.new_id()
            """,
        ["ids that are uuids in a text"] = """
            truncate public.virtfusion_hourly_transactions, public.transactions;
            alter table public.virtfusion_hourly_transactions alter id drop default, alter id type varchar using gen_random_uuid(),
                alter id set default gen_random_uuid()::text;
            alter table public.transactions alter id drop default, alter id type varchar(36) using gen_random_uuid(),
                alter id set default upper(gen_random_uuid()::text)
            """,
        ["rows that are double, for want of unique keys"] = """
            alter table public.settings drop constraint settings_key_key;
            insert into public.settings (key, value) values ('company_name', 'Ours'), ('company_name', 'Theirs');
            alter table public.package_pricing drop constraint package_pricing_virtfusion_package_id_key;
            insert into public.package_pricing (virtfusion_package_id, name, price) values (7, 'A', 100), (7, 'A', 100)
            """,
        ["rows that refer to nothing, for want of foreign keys"] = """
            alter table public.transactions drop constraint transactions_user_id_fkey;
            insert into public.transactions (user_id, amount, type, description) values (999, 1, 'credit', 'of somebody who left');
            alter table public.virtfusion_hourly_transactions drop constraint virtfusion_hourly_transactions_billing_id_fkey;
            insert into public.virtfusion_hourly_transactions (billing_id, user_id, server_id, amount_charged, billing_period_start,
                billing_period_end) values (999, 999, 999, 1, now(), now())
            """,
        ["tables that refer to each other in a circle"] = """
            alter table public.users add package_id integer references public.package_pricing;
            alter table public.package_pricing add owner_id integer references public.users
            """,
        ["columns that are absent"] = """
            alter table public.virtfusion_hourly_billing drop column server_uuid, drop column server_created_at;
            alter table public.users drop column username, drop column full_name, drop column password;
            alter table public.transactions drop column virtfusion_credit_id;
            alter table public.virtfusion_hourly_transactions drop column transaction_id;
            insert into public.dns_billing_settings (cron_enabled) values (false);
            alter table public.dns_billing_settings drop column updated_at
            """,
        ["columns of the panel's own"] = """
            create type public.kind as enum ('small', 'large');
            alter table public.virtfusion_hourly_billing add "slaPlan" uuid, add "a ""quoted"" Größe" integer not null default 3,
                add tags text[] not null default '{}', add kind public.kind not null default 'small',
                add kinds public.kind[] not null default '{small}', add meta jsonb not null default '{"a": [1]}',
                add notes json, add price money default 1234.5, add about regtype default 'public.kind';
            alter table public.transactions add kind public.kind not null default 'large', add reference text not null default upper('x'),
                add at timestamptz(3) not null default now(), add serial_number serial;
            alter table public.virtfusion_hourly_transactions add kind public.kind not null default 'small',
                add day date not null default current_date, add counted bigint not null generated always as identity;
            update public.virtfusion_hourly_billing set notes = '{"line": "a\tb\\nc"}', "slaPlan" = gen_random_uuid()
            """,
        ["columns of other types"] = """
            create domain public.price as numeric(10, 4) check (value >= 0);
            alter table public.virtfusion_hourly_billing alter monthly_price type public.price, alter hourly_rate type double precision,
                alter package_name type varchar(40), alter server_id type bigint;
            alter table public.virtfusion_hourly_transactions alter amount_charged type numeric(12, 6),
                alter hours_billed type double precision, alter billing_period_start type timestamptz;
            alter table public.transactions alter amount type numeric(12, 4), alter description type varchar(600), alter id type bigint;
            alter table public.users alter username type varchar(3), alter email type char(4), alter id type bigint;
            alter table public.settings alter value type varchar(500)
            """,
        ["columns that the database writes"] = """
            alter table public.virtfusion_hourly_billing add yearly_price numeric generated always as (monthly_price * 12) stored;
            alter table public.transactions alter id drop default;
            alter table public.transactions alter id add generated always as identity (start with 1000);
            alter table public.virtfusion_hourly_transactions alter id drop default;
            alter table public.virtfusion_hourly_transactions alter id add generated by default as identity (start with 1000);
            do $$ begin
                if current_setting('server_version_num')::integer >= 180000 then
                    execute 'alter table public.virtfusion_hourly_billing add constraint uuid_is_there not null server_uuid not valid';
                end if;
            end $$
            """,
        ["ids at either end of their range"] = """
            insert into public.package_pricing (id, virtfusion_package_id, name, price) values (32767, 7, 'A', 100);
            alter table public.package_pricing alter id type smallint;
            insert into public.server_hourly_billing_settings default values;
            create table public.dns_plans (id bigserial primary key);
            insert into public.dns_plans values (9223372036854775807);
            create table public.virtfusion_cron_settings (id serial primary key, enabled boolean);
            insert into public.virtfusion_cron_settings values (-5, false)
            """,
        ["a view in a table's place"] = """
            alter table public.users rename to people;
            create view public.users as select * from public.people
            """,
        ["tables that are partitioned"] = """
            alter table public.virtfusion_hourly_transactions rename to old_hours;
            create table public.virtfusion_hourly_transactions (like public.old_hours including defaults)
                partition by range (billing_period_start);
            create table public.hours_default partition of public.virtfusion_hourly_transactions default;
            insert into public.virtfusion_hourly_transactions table public.old_hours
            """,
    };
}
