-- Checks that did not pass, newest run first
select run_id, table_name, check_name, severity, observed
from checks
where not passed
order by run_id desc, table_name, check_name
