import numpy as np
import pyarrow as pa

from tasks.lexicon.redundancy import cheapest_parts as by_length
from tasks.unigram.spelling import cheapest_parts


def test_parts_are_those_of_the_segmenter_without_words_as_long():
    rng = np.random.default_rng(4)
    drawn = {"".join(rng.choice(list("abcd"), rng.integers(2, 7))) for _ in range(400)}
    words = pa.array(["a", "b", "c", "d", *sorted(drawn)])
    log_p = np.log(rng.dirichlet(np.ones(len(words))) + 1e-9)
    log_p -= np.log(np.exp(log_p).sum())
    lengths = np.array([len(word) for word in words.to_pylist()])
    every = np.arange(len(words))
    expected = by_length(words, lengths, log_p, every, np.ones(len(words), np.bool_))
    found = cheapest_parts(words, log_p)
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert found.part.tolist() == expected.part.tolist()
