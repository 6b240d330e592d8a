-- The sentences that hold a word at the given places of an order in which all documents give their first
-- such sentence before any gives its second; with where the word is a token in them.
with found as (
    select doc_id, sentence_no, row_number() over (partition by doc_id order by sentence_no) as nth
    from sentences
    where contains(text, $word)
),
chosen as (
    select doc_id, sentence_no, place
    from (select doc_id, sentence_no, row_number() over (order by nth, doc_id) - 1 as place from found)
    where list_contains($places, place)
),
cut as (
    select doc_id, sentence_no, min(start) as start
    from tokens
    where word = $word
    group by doc_id, sentence_no
)
select documents.source, documents.record, chosen.sentence_no, sentences.text, cut.start as token_start
from chosen
join sentences using (doc_id, sentence_no)
join documents using (doc_id)
left join cut using (doc_id, sentence_no)
order by chosen.place
