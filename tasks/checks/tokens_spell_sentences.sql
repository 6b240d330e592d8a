-- Every token is found in its sentence at the offset it states, holds no white space, tokens do not overlap,
-- and together they hold every character that is not white space. Every token's sentence is there.
with placed as (
    select
        doc_id,
        sentence_no,
        start,
        length(word) as chars,
        word,
        lag(start + length(word), 1, 0) over (partition by doc_id, sentence_no order by start) as free_from
    from tokens
),
per_sentence as (
    select
        doc_id,
        sentence_no,
        sum(chars) as chars,
        bool_and(start >= free_from) as apart,
        list({start: start, word: word}) as pieces
    from placed
    group by doc_id, sentence_no
)
select count(*)
from sentences
full join per_sentence using (doc_id, sentence_no)
where per_sentence.chars is distinct from sentences.chars
   or not per_sentence.apart
   or len(list_filter(pieces, p -> substr(sentences.text, p.start + 1, length(p.word)) <> p.word)) > 0
   or length(sentences.text) > sentences.chars
      and len(list_filter(pieces, p -> regexp_matches(p.word, '[\x{9}-\x{d}\x{1c}-\x{20}\x{85}\p{Z}]'))) > 0
