-- The sentences that hold a word, with the tokens that they are cut into.
select any_value(sentences.text) as text, list(tokens.start order by tokens.start), list(tokens.word order by tokens.start)
from sentences
join tokens using (doc_id, sentence_no)
where contains(sentences.text, $word)
group by doc_id, sentence_no
order by doc_id, sentence_no
