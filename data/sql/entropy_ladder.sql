-- The entropy ladder: bits a character of held-out documents costs, and what each rung saves in its family
with rungs as (
    select *,
           case
               when rung in ('uniform', 'char_unigram') or rung similar to 'kn[0-9]+' then 'characters'
               when rung in ('four_step', 'lexicon', 'lexicon_marginal', 'word_bigram', 'word_bigram_marginal')
                   then 'words'
               when rung = 'word_bigram_kn' then 'both'
               else 'networks'
           end as family
    from entropy_ladder
)
select family, rung, round(bits_per_char, 3) as bits_per_char, bound as upper_bound,
       round(lag(bits_per_char) over (partition by family order by step) - bits_per_char, 3) as saved, note
from rungs
order by list_position(['characters', 'words', 'both', 'networks'], family), step
