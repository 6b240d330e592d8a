-- Types and tokens by the length of the word
select length, count(*) as types, sum(count) as tokens, round(sum(count) / sum(sum(count)) over (), 4) as share
from words
group by length
order by length
