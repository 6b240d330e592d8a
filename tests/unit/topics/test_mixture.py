import numpy as np
import pytest

from tasks.topics.mixture import Mixture, fit_mixture, responsibilities, start_mixture

mixture = pytest.importorskip("sklearn.mixture", reason="scikit-learn is the reference")
TRUE = Mixture(
    np.array([0.3, 0.7]),
    np.array([[-2.0, 0.0, 1.0], [1.5, 1.0, -1.0]]),
    np.array([np.diag([1.0, 0.5, 2.0]), [[1.0, 0.4, 0.0], [0.4, 1.0, 0.2], [0.0, 0.2, 0.6]]]),
)


def sample(n, seed):
    draw = np.random.default_rng(seed)
    which = draw.choice(2, size=n, p=TRUE.weights)
    return np.stack([draw.multivariate_normal(TRUE.means[k], TRUE.covariances[k]) for k in which])


def reference(points, start, iterations, floor):
    model = mixture.GaussianMixture(
        2,
        max_iter=iterations,
        tol=0.0,
        reg_covar=floor,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    )
    with pytest.warns(match="did not converge"):
        return model.fit(points)


@pytest.mark.parametrize("iterations", [1, 2, 25])
def test_it_equals_scikit_learn_from_the_same_start(iterations):
    points = sample(400, 1)
    start = start_mixture(points, 2, 5)
    found = fit_mixture(points, start, iterations=iterations, tolerance=-1.0).parameters
    theirs = reference(points, start, iterations, 1e-6)
    np.testing.assert_allclose(found.weights, theirs.weights_, atol=1e-9)
    np.testing.assert_allclose(found.means, theirs.means_, atol=1e-9)
    np.testing.assert_allclose(found.covariances, theirs.covariances_, atol=1e-9)
    shares, value = responsibilities(points, found)
    np.testing.assert_allclose(shares, theirs.predict_proba(points), atol=1e-9)
    assert value == pytest.approx(theirs.score(points) * len(points))


def test_the_likelihood_never_falls_and_the_truth_is_found():
    points = sample(3000, 2)
    found = fit_mixture(points, start_mixture(points, 2, 0), iterations=200, tolerance=1e-9)
    assert np.all(np.diff(found.log_likelihood) >= -1e-9 * len(points))
    order = np.argsort(found.parameters.means[:, 0])
    np.testing.assert_allclose(found.parameters.weights[order], TRUE.weights, atol=0.03)
    np.testing.assert_allclose(found.parameters.means[order], TRUE.means, atol=0.25)


def test_a_start_has_means_among_the_points_and_follows_the_seed():
    points = sample(50, 3)
    first, second = start_mixture(points, 4, 9), start_mixture(points, 4, 9)
    np.testing.assert_array_equal(first.means, second.means)
    assert all((points == mean).all(axis=1).any() for mean in first.means)
    assert len(np.unique(first.means, axis=0)) == 4


def test_points_that_are_all_alike_do_no_harm():
    points = np.ones((6, 2))
    found = fit_mixture(points, start_mixture(points, 3, 0), iterations=5)
    assert np.isfinite(found.log_likelihood).all()


@pytest.mark.parametrize("clusters", [0, 7])
def test_a_number_of_clusters_that_cannot_be_is_refused(clusters):
    with pytest.raises(ValueError, match=f"clusters must be 1 to 6, the number of points; got {clusters}"):
        start_mixture(np.ones((6, 2)), clusters, 0)


def test_points_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="points must be finite, got 1 that are not"):
        fit_mixture(np.array([[0.0], [np.nan]]), Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1, 1))))
