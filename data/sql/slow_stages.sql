-- Where the newest run spent its time and memory
select stage, max(seconds) as seconds, max(peak_mb) as peak_mb, sum(rows) as rows, bool_and(reused) as reused
from (select distinct stage, output_table, seconds, peak_mb, rows, reused from lineage
      where run_id = (select max(run_id) from runs where status = 'published'))
group by stage
order by seconds desc
