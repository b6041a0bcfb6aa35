"""Small real networks: derivatives, Hessians and their local statistics, minimisers, training."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from freeprob import Atomic, MarchenkoPastur, PointMass, Semicircle, nets
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.landscapes import local, outliers
from freeprob.landscapes.damping import Adam, FixedDamping, Kronecker
from freeprob.landscapes.experiments import (
    Training,
    batch_outlier,
    compare_optimisers,
    critical_point,
    delocalised_noise,
    minimise,
    random_labels,
)


def small(
    activation: nets.Activation, loss: str, hidden: tuple = (5, 4), biases: bool = True
) -> tuple[Training, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(30, 4)), np.eye(3)[rng.integers(0, 3, 30)]
    training = Training(activation, hidden, inputs, targets, loss, biases)
    return training, training.initial(rng=1, weight_variance=2, bias_variance=0.1)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("loss", ["square", "softmax"])
@pytest.mark.parametrize("activation", [nets.tanh, nets.relu, nets.leaky_relu("1/4")])
def test_derivatives_are_those_of_differences(activation, loss: str, biases: bool) -> None:
    training, theta = small(activation, loss, biases=biases)
    step = 1e-5
    for batch in (None, np.arange(7)):
        gradient = [
            (training.value(theta + e, batch) - training.value(theta - e, batch)) / (2 * step)
            for e in step * np.eye(training.size)
        ]
        assert training.gradient(theta, batch) == pytest.approx(gradient, abs=1e-9)
        hessian = [
            (training.gradient(theta + e, batch) - training.gradient(theta - e, batch)) / (2 * step)
            for e in step * np.eye(training.size)
        ]
        assert training.hessian(theta, batch) == pytest.approx(np.array(hessian), abs=1e-8)


def test_products_with_the_hessian_are_symmetric() -> None:
    training, theta = small(nets.swish, "softmax", hidden=(4, 3, 5))
    raw = training.hessian_product(theta, np.eye(training.size))
    assert raw == pytest.approx(raw.T, abs=1e-15)
    direction = np.arange(training.size) / 10
    assert training.hessian_product(theta, direction) == pytest.approx(raw @ direction)


def test_jacobians() -> None:
    """Σ e ∂y is the gradient, and JᵀJ/m is the Hessian of a linear model."""
    training, theta = small(nets.tanh, "square")
    errors = training.outputs(theta) - training.targets
    assert training.jacobian(theta).T @ errors.ravel() / 30 == pytest.approx(
        training.gradient(theta)
    )
    line, start = small(nets.linear, "square", hidden=())
    J = line.jacobian(start)
    assert line.hessian(start) == pytest.approx(J.T @ J / 30)


@pytest.mark.parametrize("loss", ["square", "softmax"])
def test_kronecker_factors_of_one_sample_are_exact(loss: str) -> None:
    """S ⊗ A is the layer's block of Jᵀ C J, C the curvature of the loss."""
    training, theta = small(nets.tanh, loss)
    for sample in ([3], [8]):
        J = training.jacobian(theta, sample)
        p = np.exp(training.outputs(theta)[sample[0]])
        p /= p.sum()
        C = np.eye(3) if loss == "square" else np.diag(p) - np.outer(p, p)
        whole, start = J.T @ C @ J, 0
        for S, A in training.kronecker_factors(theta, sample):
            end = start + len(S) * len(A)
            assert np.kron(S, A) == pytest.approx(whole[start:end, start:end])
            start = end
        assert start == training.size


def test_orthogonal_weights() -> None:
    training, _ = small(nets.tanh, "square", hidden=(6, 6), biases=False)
    theta = training.initial(rng=0, weight_variance=4, weights="orthogonal")
    middle = theta[24:60].reshape(6, 6)
    assert middle @ middle.T == pytest.approx(4 * np.eye(6))
    first = theta[:24].reshape(6, 4)
    assert first.T @ first == pytest.approx(4 * np.eye(4))


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 20 principal components of scikit-learn's digits, white, and the labels."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    left, _, _ = np.linalg.svd(images - images.mean(axis=0), full_matrices=False)
    return left[:, :20] * np.sqrt(len(images)), labels


def spectra(digits: tuple, width: int, batch: int, steps: int) -> np.ndarray:
    """Hessians of one network on disjoint batches of the data: batches x parameters."""
    images, labels = digits
    training = Training(nets.tanh, (width, width), images, np.eye(10)[labels], "softmax")
    theta = minimise(training, training.initial(rng=0), steps).theta
    order = np.random.default_rng(0).permutation(len(images))
    starts = range(0, len(order) - batch + 1, batch)
    batches = (order[start : start + batch] for start in starts)
    return np.array([np.linalg.eigvalsh(training.hessian(theta, batch)) for batch in batches])


def test_hessians_of_a_real_network_have_spacings_of_the_goe(digits: tuple) -> None:
    """Also after training; independent levels and the GUE are rejected.

    The softmax does not see a constant added to all outputs: 11 exact zero modes are cut.
    """
    values = spectra(digits, 10, 120, 10)
    zero = np.abs(values) < 1e-9 * np.abs(values).max(axis=1, keepdims=True)
    assert (zero.sum(axis=1) == 11).all()
    report = local.test_universality(values, beta=1, zero=1e-6)
    assert report.passed, report.summary()
    assert report.mean_ratio[0] == pytest.approx(0.5307, abs=3 * report.mean_ratio[1])
    assert max(report.ratio_p_values[b] for b in (0, 2)) < 1e-20
    assert max(report.spacing_p_values[b] for b in (0, 2)) < 1e-20
    assert not local.test_universality(values, beta=2, zero=1e-6).passed


def test_energies_of_minimisers() -> None:
    """½(1 - φ)², an observation of Pennington and Bahri, up to an excess at small n; not ½(1 - φ).

    The reference has .145 at φ = ½ for n = 10 … 14, with an excess over .125.
    """
    found = []
    for seed in range(6):
        training = random_labels(12, "1/2", rng=seed)
        found.append(minimise(training, training.initial(rng=seed), 300))
    energies = [point.energy for point in found]
    mean, error = np.mean(energies), np.std(energies, ddof=1) / np.sqrt(len(energies))
    assert error < 0.01
    assert 0.125 - 3 * error < mean < 0.125 + 0.04
    assert abs(mean - 0.25) > 5 * error
    # a minimum but for the n rescalings of ReLU's units, flat up to the gradient that is left
    assert all(point.index <= 12 / training.size + 0.02 for point in found)


def test_saddles_have_more_negative_curvature_at_higher_energy() -> None:
    training = random_labels(8, "1/2", rng=1, activation=nets.tanh)
    start = training.initial(rng=2)
    high = critical_point(training, start, 600)
    low = critical_point(training, minimise(training, start, 30).theta, 600)
    for point in (high, low):
        assert point.gradient < 0.05 * np.linalg.norm(training.gradient(start))
    assert high.energy > 1.5 * low.energy
    assert high.index > low.index + 0.1


def test_optimisers_are_compared() -> None:
    """Little damping is too little for Kronecker steps on few samples."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = (images - images.mean(axis=1, keepdims=True)) / images.std(axis=1, keepdims=True)
    training = Training(nets.tanh, (20,), images[:500], np.eye(10)[labels[:500]], "softmax")
    rules = {
        "little": Kronecker(0.05, FixedDamping(1e-3)),
        "much": Kronecker(0.05, FixedDamping(0.1)),
        "Adam": Adam(0.01),
    }
    arguments = (training, images[500:], labels[500:])
    found = compare_optimisers(rules, *arguments, seeds=3, steps=80)
    difference, error = found.difference("little", "much")
    assert difference > 3 * error
    assert found.errors.shape == found.losses.shape == (3, 3)
    assert found.dampings[1].tolist() == [0.1] * 3
    assert "±" in found.summary()
    axes = found.plot()
    assert [text.get_text() for text in axes.get_yticklabels()] == list(rules)
    with ThreadPoolExecutor(2) as pool:
        again = compare_optimisers(rules, *arguments, seeds=3, steps=80, executor=pool)
    assert (again.errors == found.errors).all()


@pytest.mark.parametrize(
    ("noise", "twin"),
    [
        (Atomic({-1: "1/2", 1: "1/2"}), Atomic({-1: "2/5", 1: "3/5"})),
        (Semicircle(1), Semicircle("6/5")),
        (MarchenkoPastur("1/2").shift(-1), MarchenkoPastur("2/3").shift(-1)),
    ],
)
def test_outliers_under_noise_that_is_not_rotated(noise, twin) -> None:
    """Delocalised eigenvectors are enough, in the gap too; overlaps as foretold."""
    n, spikes = 500, [2.5, -2.0]
    matrix = delocalised_noise(noise, n, rng=1)
    assert matrix == pytest.approx(matrix.T)
    values, vectors = np.linalg.eigh(matrix + np.diag([*spikes, *np.zeros(n - 2)]))
    for law, holds in ((noise, True), (twin, False)):
        theory = outliers(PointMass(0), law, spikes)
        assert len(theory) >= 2
        near = [np.argmin(np.abs(values - float(outlier.location))) for outlier in theory]
        places = [float(outlier.location) for outlier in theory]
        assert (values[near] == pytest.approx(places, abs=0.02)) is holds
        if holds:
            parts = vectors[[spikes.index(float(o.spike)) for o in theory], near] ** 2
            assert parts == pytest.approx([float(o.overlap) for o in theory], abs=0.03)


def test_the_largest_eigenvalue_of_batches_is_linear_in_one_over_their_size() -> None:
    """The slope is that of the noise as it is, not that of Wigner noise of the same size."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = images / np.sqrt((images**2).mean())
    inputs = images @ np.linalg.svd(images, full_matrices=False)[2][:10].T
    training = Training(nets.tanh, (6,), inputs, np.eye(10)[labels], "softmax")
    theta = training.initial(rng=0, weight_variance=0.5)
    found = batch_outlier(training, theta, [50, 100, 200, 400], 12, rng=1)
    slope, error = found.fitted_slope()
    assert abs(slope - found.slope) < 3 * error
    assert abs(slope - found.wigner_slope) > 3 * error
    line = found.outlier + slope * found.shares
    assert (abs(found.means - line) < 4 * found.errors).all()
    assert "Wigner" in found.summary()
    assert found.plot().get_legend() is not None


def test_bad_input() -> None:
    ones = np.ones((4, 2))
    training, _ = small(nets.tanh, "square")
    for bad in (
        lambda: Training("tanh", (3,), ones, ones),
        lambda: Training(nets.tanh, (0,), ones, ones),
        lambda: Training(nets.tanh, (3,), ones, np.ones((3, 2))),
        lambda: Training(nets.tanh, (3,), np.full((4, 2), np.nan), ones),
        lambda: Training(nets.tanh, (3,), np.ones(4), ones),
        lambda: Training(nets.tanh, (3,), ones, ones, "hinge"),
        lambda: Training(nets.tanh, (3,), ones, ones, "softmax"),
        lambda: training.value(np.zeros(3)),
        lambda: training.value("x"),
        lambda: training.value(training.initial(), [30]),
        lambda: training.value(training.initial(), [0.5]),
        lambda: training.value(training.initial(), []),
        lambda: training.hessian_product(training.initial(), np.zeros(3)),
        lambda: training.outputs(training.initial(), np.ones((2, 9))),
        lambda: training.initial(weight_variance=-1),
        lambda: training.initial(bias_variance="x"),
        lambda: training.initial(weights="sparse"),
        lambda: training.initial(rng="x"),
        lambda: random_labels(0, 1),
        lambda: random_labels(5, 0),
        lambda: random_labels(5, 100),
        lambda: minimise(training, training.initial(), 0),
        lambda: batch_outlier(training, training.initial(), [30]),
        lambda: batch_outlier(training, training.initial(), []),
        lambda: batch_outlier(training, training.initial(), [5], draws=1),
        lambda: delocalised_noise(3, 10),
        lambda: delocalised_noise(Semicircle(1), 0),
        lambda: compare_optimisers({}, training, ones, np.ones(4)),
        lambda: compare_optimisers({"a": Adam()}, training, ones, np.ones(3)),
        lambda: compare_optimisers({"a": Adam()}, training, ones, np.ones(4), seeds=1),
    ):
        with pytest.raises(InvalidParameterError):
            bad()


@pytest.mark.parametrize("descent", [minimise, critical_point])
@pytest.mark.parametrize("scale", [1e100, 1e200])
def test_descents_that_leave_the_range_of_floats(descent, scale: float) -> None:
    training, theta = small(nets.relu, "square")
    with pytest.raises(ConvergenceError, match="start from smaller parameters"):
        descent(training, scale * theta)
