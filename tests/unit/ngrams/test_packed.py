import pyarrow as pa
import pytest

from tasks.ngrams.codes import codes_of
from tasks.ngrams.packed import count_ngrams
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import ALPHABETS, random_sentences


@pytest.mark.parametrize("max_order", [1, 2, 3, 4])
@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_equals_enumeration(max_order, alphabet, threads):
    for seed in range(4):
        sentences = random_sentences(seed, alphabet)
        counts, _, _ = oracle.count(sentences, max_order)
        counted = count_ngrams(codes_of(pa.array(sentences)), max_order, threads)
        for order in range(1, max_order + 1):
            found = list(zip(counted.grams(order), counted.table(order)["count"].to_pylist(), strict=True))
            assert found == [(g, counts[g]) for g in sorted(counts) if len(g) == order]


def test_a_gram_must_fit_the_key():
    with pytest.raises(ValueError, match="9 characters must fit 64 bits, got 72"):
        count_ngrams(codes_of(pa.array(["".join(map(chr, range(65, 265)))])), 9)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        count_ngrams(codes_of(pa.array(["a"])), 0)
