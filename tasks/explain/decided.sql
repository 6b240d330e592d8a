-- What was decided about a candidate.
select
    kept,
    step,
    reason,
    detail,
    count,
    pmi,
    gain,
    parts,
    parts_advantage / ln(2) as advantage_bits
from lexicon_decisions
where candidate = $word
