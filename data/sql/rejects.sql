-- Input that could not become text, counted by reason
select reason, count(*) as rejects, min(source) as example, min(detail) as detail
from rejects
group by reason
order by rejects desc, reason
