create view cron_service.wanted_terms as
select e.server_id, a.id as account_id, e.package_id, coalesce(e.monthly_price, e.hourly_rate) as price,
       case when e.monthly_price is null then 3600 else 3600 * e.basis_hours end as price_seconds, e.monthly_price is not null as is_monthly
from cron_service.enrolments e join cron_service.accounts a on a.user_id = e.user_id
where e.problem is null and e.enrolment_id is not null;
comment on view cron_service.wanted_terms is 'The terms that each enrolment without a problem asks for now.';
