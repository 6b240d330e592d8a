-- Words with the freest neighbours: the entropy on their tighter side, nats
select word, count, round(least(left_entropy, right_entropy), 2) as entropy
from lexicon
where length > 1 and count >= 20
order by least(left_entropy, right_entropy) desc, word
limit 50
