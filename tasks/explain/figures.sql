-- What the tables say of strings, in the order given; null where a table does not have one.
select
    given.string,
    ngrams.count as raw_count,
    coalesce(words.count, 0) as token_count,
    coalesce(words.documents, 0) as token_documents,
    ngrams.pmi,
    ngrams.npmi,
    ngrams.gain,
    ngrams.left_entropy,
    ngrams.right_entropy,
    lexicon.bits,
    lexicon.gain as lexicon_gain
from (select unnest($strings) as string, generate_subscripts($strings, 1) as place) as given
left join ngrams on ngrams.gram = given.string
left join words on words.word = given.string
left join lexicon on lexicon.word = given.string
order by given.place
