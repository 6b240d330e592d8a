-- Pairs of tokens that meet twice or more without a blank between them, with how often, and what share of the uses of
-- each word has the same character beside it as here. The most frequent ones, at most $most.
with followed as (
    select
        word,
        lead(word) over sentence as next,
        start + length(word) = lead(start) over sentence as meets
    from tokens
    window sentence as (partition by doc_id, sentence_no order by start)
),

pairs as (
    select word as left_word, next as right_word, count(*) as count
    from followed
    where meets and word <> next
    group by word, next
),

shares as (
    select
        *,
        sum(count) over (partition by left_word, left(right_word, 1)) as with_next,
        sum(count) over (partition by right_word, right(left_word, 1)) as with_previous
    from pairs
)

select
    left_word,
    right_word,
    shares.count as count,
    with_next / l.count as right_share,
    with_previous / r.count as left_share
from shares
join words as l on l.word = left_word
join words as r on r.word = right_word
where shares.count >= 2 and not exists (select 1 from words where word = left_word || right_word)
order by shares.count desc, left_word, right_word
limit $most
