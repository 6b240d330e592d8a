-- The words used most, and in how many documents
select word, count, documents, round(1e6 * count / sum(count) over (), 1) as per_million
from words
order by count desc, word
limit 50
