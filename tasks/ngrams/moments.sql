-- Sums of the variations of a chunk of one length and of their squares, in units of 2^-40, exact in any order; and
-- what the grams of the next length that occur once add to theirs: each falls from its prefix's entropy to 0.
with variations as (
    select
        right_variation(count, right_spread, prefix_count, prefix_spread, $scale) as right_variation,
        left_variation(count, left_spread, suffix_count, suffix_spread, $scale) as left_variation,
        branching_entropy(count, right_spread, $scale) as right_entropy,
        branching_entropy(count, left_spread, $scale) as left_entropy,
        left_singles,
        right_singles
    from evidence
)

select
    coalesce(sum(round(right_variation * $unit)::bigint), 0) as right_sum,
    coalesce(sum(round(right_variation * right_variation * $unit)::bigint), 0) as right_squares,
    coalesce(sum(round(left_variation * $unit)::bigint), 0) as left_sum,
    coalesce(sum(round(left_variation * left_variation * $unit)::bigint), 0) as left_squares,
    coalesce(-sum(right_singles * round(right_entropy * $unit)::bigint), 0) as next_right_sum,
    coalesce(sum(right_singles * round(right_entropy * right_entropy * $unit)::bigint), 0) as next_right_squares,
    coalesce(-sum(left_singles * round(left_entropy * $unit)::bigint), 0) as next_left_sum,
    coalesce(sum(left_singles * round(left_entropy * left_entropy * $unit)::bigint), 0) as next_left_squares
from variations
