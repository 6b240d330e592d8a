-- The words that save most bits of the whole corpus
select word, count, round(gain) as gain_bits, round(pmi, 2) as pmi, parts
from lexicon
where length > 1
order by gain desc, word
limit 50
