-- Pointwise mutual information of the two parts of a gram, nats; normalised, it is at most 1 (5476; Bouma 2009).
create or replace macro pmi(n, n_head, n_tail, total) as
    ln(n::double * total::double / (n_head::double * n_tail::double));

create or replace macro npmi(n, n_head, n_tail, total) as
    pmi(n, n_head, n_tail, total) / -ln(n::double / total::double);
