-- What each run measured, newest first
select run_id, stage, metric, value, unit
from metrics
order by run_id desc, stage, metric
