-- Entropy of the neighbour of a gram, nats: H = ln N - (1/N) sum c ln c = spread / N, spread in 1/scale nats.
create or replace macro branching_entropy(n, spread, scale) as
    spread::double / (n::double * scale::double);
