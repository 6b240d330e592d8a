-- How many candidates each step kept or dropped, by reason
select step, reason, kept, count(*) as candidates
from lexicon_decisions
group by all
order by candidates desc, step, reason
