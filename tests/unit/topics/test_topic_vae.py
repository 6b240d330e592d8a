import numpy as np
import pytest
import torch

from tasks.settings import TrainingSettings
from tasks.topics.perplexity import halves, perplexity, unigram
from tasks.topics.plsa import Counts
from tasks.topics.topic_vae import DirichletPrior, FittedTopics, TopicVae, fit_topic_vae, load_topic_vae

SHARE = np.array([0.4, 0.3, 0.2, 0.1])
SETTINGS = TrainingSettings(
    epochs=80, batch=40, learning_rate=2e-2, weight_decay=0.0, clip_norm=50, patience=80, threads=1, seed=3
)


def two_subjects(documents: int, seed: int) -> Counts:
    draw = np.random.default_rng(seed)
    dense = np.zeros((documents, 20))
    for document in range(documents):
        np.add.at(dense[document], draw.integers(10, size=20) + 10 * (document % 2), 1)
    rows, words = np.nonzero(dense)
    first = np.searchsorted(rows, np.arange(documents + 1)).astype(np.int64)
    return Counts(first, words.astype(np.int32), dense[rows, words], 20)


def starting(documents: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (documents, 20))


def test_without_topics_it_is_the_unigram_whatever_z():
    vae = TopicVae(np.zeros((3, 4)), SHARE, width=5, alpha=0.1, dropout=0.0)
    p = torch.softmax(vae.decoder.logits(torch.randn(6, 3)), dim=-1)
    np.testing.assert_allclose(p.detach().numpy(), np.tile(SHARE, (6, 1)), rtol=1e-5)


def test_a_document_is_the_product_of_its_topics():
    weights = np.array([[1.0, 0, 0, 0], [0, 0, 2.0, 0]])
    vae = TopicVae(weights, SHARE, width=5, alpha=0.1, dropout=0.0)
    points = torch.tensor([[0.5, -0.5]])
    t = np.exp([0.5, -0.5]) / np.exp([0.5, -0.5]).sum()
    product = SHARE * np.exp(weights[0]) ** t[0] * np.exp(weights[1]) ** t[1]
    p = torch.softmax(vae.decoder.logits(points), dim=-1)[0].detach().numpy()
    np.testing.assert_allclose(p, product / product.sum(), rtol=1e-5)


def test_the_prior_is_the_laplace_approximation_of_an_even_dirichlet():
    """Srivastava and Sutton, eq. 7: variance = 1/a (1 - 2/K) + 1/K^2 sum 1/a."""
    for topics, alpha in ((4, 0.1), (50, 0.02)):
        prior = DirichletPrior(topics, alpha)()
        expected = (1 - 2 / topics) / alpha + topics / alpha / topics**2
        assert float(prior.log_variance.exp()[0, 0]) == pytest.approx(expected, rel=1e-5)
        assert not prior.mean.any()


@pytest.fixture(scope="module")
def fitted() -> FittedTopics:
    return fit_topic_vae(two_subjects(200, 1), two_subjects(40, 2), starting(), SETTINGS, warmup_epochs=2)


def test_it_predicts_better_than_the_unigram(fitted: FittedTopics):
    shown, hidden = halves(two_subjects(60, 5), 0)
    share = unigram(two_subjects(200, 1))
    plain = perplexity(lambda part: np.broadcast_to(share, (part.documents, 20)), shown, hidden)
    assert perplexity(fitted.predict, shown, hidden) < 0.7 * plain


def test_documents_of_a_subject_have_a_topic_of_its_words(fitted: FittedTopics):
    shares = fitted.of_documents(two_subjects(60, 6))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    main = shares.argmax(axis=1)
    assert len(set(main[::2])) == len(set(main[1::2])) == 1
    halves_of_words = fitted.of_words()[main[0], :10].sum(), fitted.of_words()[main[1], 10:].sum()
    assert min(halves_of_words) > 0.7


def test_what_was_saved_predicts_the_same(fitted: FittedTopics):
    bags = two_subjects(30, 7)
    loaded = load_topic_vae(fitted.to_arrays())
    np.testing.assert_array_equal(loaded.predict(bags), fitted.predict(bags))
    np.testing.assert_array_equal(loaded.of_documents(bags), fitted.of_documents(bags))


def test_the_same_seed_gives_the_same_weights(fitted: FittedTopics):
    again = fit_topic_vae(two_subjects(200, 1), two_subjects(40, 2), starting(), SETTINGS, warmup_epochs=2)
    for name, array in fitted.to_arrays().items():
        assert array.tobytes() == again.to_arrays()[name].tobytes(), name
