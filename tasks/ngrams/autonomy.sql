-- Variation of branching entropy: what the last (first) character of a gram does to the entropy of the character
-- after (before) it, standardised over the types of its length; autonomy is the sum of both sides (Magistry and
-- Sagot 2012, nVBE). A length whose types do not differ has variation 0.
create or replace macro right_variation(n, spread, prefix_n, prefix_spread, scale) as
    branching_entropy(n, spread, scale) - branching_entropy(prefix_n, prefix_spread, scale);

create or replace macro left_variation(n, spread, suffix_n, suffix_spread, scale) as
    branching_entropy(n, spread, scale) - branching_entropy(suffix_n, suffix_spread, scale);

create or replace macro standardised(x, mean, deviation) as
    case when deviation > 0 then (x - mean) / deviation else 0.0 end;
