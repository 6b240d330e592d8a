-- Words of few documents that are used often where they occur: names and topics
select word, count, documents, round(count / documents, 1) as uses_a_document
from words
where length > 1 and count >= 20
order by count / documents desc, word
limit 50
