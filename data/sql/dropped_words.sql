-- Frequent candidates that are no words, and why not
select candidate, count, step, reason, detail
from lexicon_decisions
where not kept
order by count desc, candidate
limit 50
