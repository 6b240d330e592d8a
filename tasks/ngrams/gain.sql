-- Drop in bits of the whole corpus when a and b are merged wherever they meet: total * F / ln 2 with (5476, 2.11)
--     F = p_ab ln(p_ab / (p_a p_b)) - (1 - p_ab) ln(1 - p_ab) + sum over i in a, b of (p_i - p_ab) ln(1 - p_ab / p_i)
-- and its lower bound (2.15)  F* = p_ab (ln(p_ab / (p_a p_b)) - 1).
create or replace macro left_over(n, n_part) as
    case when n_part > n then (n_part - n)::double * ln(1 - n::double / n_part::double) else 0.0 end;

create or replace macro gain(n, n_head, n_tail, total) as (
    n::double * pmi(n, n_head, n_tail, total)
    - case when total > n then (total - n)::double * ln(1 - n::double / total::double) else 0.0 end
    + left_over(n, n_head)
    + left_over(n, n_tail)
) / ln(2.0);

create or replace macro gain_bound(n, n_head, n_tail, total) as
    n::double * (pmi(n, n_head, n_tail, total) - 1) / ln(2.0);
