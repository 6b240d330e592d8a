import numpy as np
import pyarrow as pa

from tasks.topics.bags import bags_of, divide, long_enough
from tasks.topics.place import place
from tests.unit.topics.test_stop_words import counts_of


def test_documents_of_like_topics_lie_together():
    draw = np.random.default_rng(0)
    shares = np.vstack([draw.dirichlet(40 * np.eye(3)[k] + 1, size=50) for k in range(3)])
    places = place(shares, 3, 1)
    for k in range(3):
        assert len(set(places.cluster[50 * k : 50 * (k + 1)])) == 1
    assert len(set(places.cluster)) == 3
    assert np.all(np.diff(places.points.var(axis=0)) <= 1e-12)
    np.testing.assert_array_equal(places.points, place(shares, 3, 1).points)


def test_no_documents_have_no_places():
    assert place(np.zeros((0, 4)), 3, 0).cluster.tolist() == []


def test_bags_leave_out_unknown_words_and_documents_without_others():
    rows = pa.table({"doc_id": [3, 3, 5, 9], "word": ["a", "x", "x", "b"], "count": [2, 1, 1, 4]})
    documents, counts = bags_of(rows, pa.array(["b", "a"]))
    assert documents.tolist() == [3, 9]
    assert counts.dense().tolist() == [[0, 2], [4, 0]]


def test_long_documents_and_their_division():
    counts = counts_of(np.array([[1, 1], [3, 0], [0, 0], [2, 2]]))
    assert long_enough(counts, 3).tolist() == [1, 3]
    inside, outside = divide(np.arange(1000), 0.1, 5)
    assert sorted([*inside, *outside]) == list(range(1000))
    assert 60 < len(outside) < 140
