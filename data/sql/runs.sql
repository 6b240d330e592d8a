-- Every run: when, how long, how it ended
select run_id, started, round(epoch(finished - started), 1) as seconds, status, version, error
from runs
order by started desc
