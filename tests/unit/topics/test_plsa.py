import numpy as np
import pytest

from tasks.topics.plsa import Counts, Prior, Topics, fit_plsa, fold_in


def random_counts(documents=30, vocabulary=12, seed=0):
    dense = np.random.default_rng(seed).poisson(0.8, (documents, vocabulary)).astype(float)
    dense[3] = 0
    rows, words = np.nonzero(dense)
    first = np.searchsorted(rows, np.arange(documents + 1)).astype(np.int64)
    return dense, Counts(first, words.astype(np.int32), dense[rows, words], vocabulary)


def random_topics(documents, vocabulary, topics, seed):
    draw = np.random.default_rng(seed)
    return Topics(
        draw.dirichlet(np.ones(topics), size=documents), draw.dirichlet(np.ones(vocabulary), size=topics)
    )


def plain_step(dense, topics, prior):
    """One EM step with the posterior of every document, word and topic written out."""
    joint = topics.of_documents[:, None, :] * topics.of_words.T[None]
    posterior = dense[:, :, None] * joint / joint.sum(axis=2, keepdims=True)
    documents, words = posterior.sum(axis=1) + prior.topic, posterior.sum(axis=0).T + prior.word
    with np.errstate(invalid="ignore"):
        documents = documents / documents.sum(axis=1, keepdims=True)
    return Topics(np.nan_to_num(documents, nan=1 / len(words)), words / words.sum(axis=1, keepdims=True))


def assert_same(found, expected, tolerance=1e-12):
    np.testing.assert_allclose(found.of_documents, expected.of_documents, atol=tolerance)
    np.testing.assert_allclose(found.of_words, expected.of_words, atol=tolerance)


@pytest.mark.parametrize("prior", [Prior(), Prior(topic=0.3, word=0.05)])
def test_it_equals_the_posterior_written_out(prior):
    dense, counts = random_counts()
    start = random_topics(30, 12, 4, 1)
    expected = start
    for _ in range(5):
        expected = plain_step(dense, expected, prior)
    found = fit_plsa(counts, start, prior, iterations=5, tolerance=-1.0)
    assert_same(found.parameters, expected)
    mixed = expected.of_documents @ expected.of_words
    value = (dense * np.log(mixed)).sum()
    value += prior.topic * np.log(expected.of_documents).sum() + prior.word * np.log(expected.of_words).sum()
    assert found.log_likelihood[-1] == pytest.approx(value, rel=1e-12)


def test_it_equals_kl_nmf_from_the_same_start():
    """scikit-learn's multiplicative update of each factor, the other held, is one half of an EM step."""
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is the reference")
    dense, counts = random_counts()
    start = random_topics(30, 12, 4, 2)
    topics = start

    def updated(table, left, right):
        with pytest.warns(match="Maximum number of iterations"):
            factor, _, _ = decomposition.non_negative_factorization(
                table, W=left.copy(), H=right.copy(), n_components=4, init="custom",
                solver="mu", beta_loss="kullback-leibler", max_iter=1, tol=1e-20,
            )  # fmt: skip
        return factor

    for _ in range(20):
        sizes = dense.sum(axis=1, keepdims=True)
        scaled = sizes * topics.of_documents
        documents = updated(dense, scaled, topics.of_words)
        words = updated(dense.T, topics.of_words.T.copy(), scaled.T.copy()).T
        of_documents = np.divide(documents, sizes, out=np.full_like(documents, 0.25), where=sizes > 0)
        topics = Topics(of_documents, words / words.sum(axis=1, keepdims=True))
    assert_same(fit_plsa(counts, start, iterations=20, tolerance=-1.0).parameters, topics, 1e-6)


@pytest.mark.parametrize("prior", [Prior(), Prior(topic=0.2, word=0.1)])
def test_the_objective_never_falls(prior):
    _, counts = random_counts(seed=4)
    found = fit_plsa(counts, random_topics(30, 12, 5, 3), prior, iterations=200, tolerance=-1.0)
    assert np.all(np.diff(found.log_likelihood) >= -1e-9)
    np.testing.assert_allclose(found.parameters.of_documents.sum(axis=1), 1)
    np.testing.assert_allclose(found.parameters.of_words.sum(axis=1), 1)


def test_topics_that_share_no_words_are_told_apart():
    draw = np.random.default_rng(0)
    dense = np.zeros((60, 20))
    for document in range(60):
        words = draw.integers(10, size=30) + 10 * (document % 2)
        np.add.at(dense[document], words, 1)
    rows, words = np.nonzero(dense)
    counts = Counts(np.searchsorted(rows, np.arange(61)), words.astype(np.int32), dense[rows, words], 20)
    found = fit_plsa(counts, random_topics(60, 20, 2, 1), iterations=500, tolerance=0.0).parameters
    halves = found.of_words[:, :10].sum(axis=1)
    assert sorted(np.round(halves, 6)) == [0, 1]


def test_folding_in_maximises_over_documents_alone():
    dense, counts = random_counts()
    topics = random_topics(30, 12, 4, 5)
    shares = fold_in(counts, topics.of_words, 0.1, iterations=400)
    np.testing.assert_allclose(shares.sum(axis=1), 1)

    def objective(t):
        return (dense * np.log(t @ topics.of_words)).sum(axis=1) + 0.1 * np.log(t).sum(axis=1)

    draw = np.random.default_rng(0)
    for _ in range(50):
        other = 0.99 * shares + 0.01 * draw.dirichlet(np.ones(4), size=30)
        assert np.all(objective(shares) >= objective(other) - 1e-9)
    np.testing.assert_allclose(shares[3], 0.25)


def test_rows_are_the_documents_asked_for():
    dense, counts = random_counts()
    chosen = np.array([5, 3, 5, 0])
    np.testing.assert_array_equal(counts.rows(chosen).dense(), dense[chosen])
    assert counts.total == dense.sum()
    np.testing.assert_array_equal(counts.of_words(), dense.sum(axis=0))
