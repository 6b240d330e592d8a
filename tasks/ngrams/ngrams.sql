-- The ngrams table of a chunk of one length, in the order of the evidence.
select
    gram,
    length,
    count,
    starts,
    ends,
    case when length > 1 then pmi(count, head_count, tail_count, $total) end as pmi,
    case when length > 1 then npmi(count, head_count, tail_count, $total) end as npmi,
    case
        when length > 1 and not equal_parts then gain(count, head_count, tail_count, $total)
    end as gain,
    case when length > 1 then gain_bound(count, head_count, tail_count, $total) end as gain_bound,
    branching_entropy(count, left_spread, $scale) as left_entropy,
    branching_entropy(count, right_spread, $scale) as right_entropy,
    standardised(
        left_variation(count, left_spread, suffix_count, suffix_spread, $scale), $left_mean, $left_deviation
    )
    + standardised(
        right_variation(count, right_spread, prefix_count, prefix_spread, $scale), $right_mean, $right_deviation
    ) as autonomy
from evidence
where count >= $min_count or length = 1
