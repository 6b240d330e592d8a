-- The entropy ladder: bits a character of held-out documents costs, and what each rung saves over the one before
select rung, round(bits_per_char, 3) as bits_per_char, bound as upper_bound,
       round(lag(bits_per_char) over (order by step) - bits_per_char, 3) as saved, note
from entropy_ladder
order by step
