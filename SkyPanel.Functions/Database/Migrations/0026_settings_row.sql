-- An operator's first change of the settings, by hand, must find a row to change. Only where 0001 made the tables, as the ids of the transactions tell: a panel's
-- own rows are the panel's affair, and keys of its settings that say otherwise would be overruled by this row at the first look. Where the app has looked already, a
-- row that says off would be taken for a change.
do $$
begin
    if (select count(*) = 2 from pg_attribute a join cron_service.migrations m on m.xmin = a.xmin
        where a.attrelid in (to_regclass('public.server_hourly_billing_settings'), to_regclass('public.settings')) and a.attname = 'updated_at'
          and m.scriptname like '%.0001_panel_tables.sql')
       and not exists (select from cron_service.jobs where job = 'hourly-billing') then
        -- Within: where the table was dropped since, a condition that names it could not even be read.
        if not exists (select from public.server_hourly_billing_settings) then
            insert into public.server_hourly_billing_settings default values;
        end if;
    end if;
end $$;
