-- Words of four characters and more, by how often they are used
select word, length, count, round(gain) as gain_bits, parts
from lexicon
where length >= 4
order by count desc, word
limit 50
