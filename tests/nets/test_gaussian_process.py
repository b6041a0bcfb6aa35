"""Gaussian-process regression: reference digits, identities, and handwritten digits."""

from __future__ import annotations

import numpy as np
import pytest

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

TRAIN, TEST = [[1, 0, 1], [0, 1, 1]], [[2, -1, 0.5]]


@pytest.mark.parametrize(
    ("activation", "mean", "variance", "evidence"),
    [
        (nets.relu, 1.6155004040803888395, 0.41793405739726792994, -7.320106100019990472),
        (nets.erf, 1.3194693132105951394, 0.28614788709128713948, -4.5818534657453636089),
    ],
)
def test_reference_posterior(activation, mean, variance, evidence):
    kernel = nets.nngp(activation, 3, "1.6", "0.1")
    fitted = nets.GaussianProcess(kernel, noise=0.01).fit(TRAIN, [1, -1])
    found_mean, found_variance = fitted.predict(TEST, return_variance=True)
    assert found_mean == pytest.approx([mean], rel=1e-13)
    assert found_variance == pytest.approx([variance], rel=1e-13)
    assert fitted.covariance(TEST) == pytest.approx(np.array([[variance]]), rel=1e-13)
    assert fitted.log_evidence == pytest.approx(evidence, rel=1e-13)


def test_against_the_formulas_written_out():
    rng = np.random.default_rng(3)
    X, new, y = (
        rng.standard_normal((30, 4)),
        rng.standard_normal((6, 4)),
        rng.standard_normal((30, 2)),
    )
    kernel = nets.nngp(nets.gelu, 2, 1.5, 0.2)
    fitted = nets.GaussianProcess(kernel, noise=0.1).fit(X, y)
    inverse = np.linalg.inv(kernel.matrix(X) + 0.1 * np.eye(30))
    cross = kernel.matrix(new, X)
    assert fitted.predict(new) == pytest.approx(cross @ inverse @ y, rel=1e-9)
    covariance = kernel.matrix(new) - cross @ inverse @ cross.T
    assert fitted.covariance(new) == pytest.approx(covariance, abs=1e-10)
    _, variance = fitted.predict(new, return_variance=True)
    assert variance == pytest.approx(np.diag(covariance), abs=1e-10)
    from scipy.stats import multivariate_normal

    density = multivariate_normal(cov=kernel.matrix(X) + 0.1 * np.eye(30))
    assert fitted.log_evidence == pytest.approx(density.logpdf(y.T).sum(), rel=1e-10)


def test_jitter_is_what_was_asked_for():
    X = [[1.0, 0.0], [1.0, 0.0]]
    kernel = nets.nngp(nets.relu, 1, 2, 0)
    with pytest.raises(UndefinedOperationError, match="add noise"):
        nets.GaussianProcess(kernel).fit(X, [1, 1])
    jittered = nets.GaussianProcess(kernel, jitter=1e-8).fit(X, [1, 1])
    noisy = nets.GaussianProcess(kernel, noise=1e-8 * kernel.matrix(X)[0, 0]).fit(X, [1, 1])
    assert jittered.log_evidence == noisy.log_evidence


@pytest.mark.parametrize("noise", [-1, float("nan"), float("inf")])
def test_bad_noise(noise):
    with pytest.raises(InvalidParameterError, match="noise"):
        nets.GaussianProcess(nets.nngp(nets.relu, 1, 2, 0), noise=noise)


def test_bad_targets():
    process = nets.GaussianProcess(nets.nngp(nets.relu, 1, 2, 0), noise=0.1)
    with pytest.raises(InvalidParameterError, match="one target per sample"):
        process.fit(TRAIN, [1, 2, 3])
    with pytest.raises(InvalidParameterError, match="finite"):
        process.fit(TRAIN, [1, np.nan])


@pytest.fixture(scope="module")
def split():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = (images - images.mean(axis=1, keepdims=True)) / images.std(axis=1, keepdims=True)
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:800], order[800:]
    return images[train], labels[train], images[test], labels[test]


class TestHandwrittenDigits:
    """Classification by regression on one-hot targets, each input normalised on its own."""

    @staticmethod
    def accuracy(kernel, split, noise=0.01):
        images, labels, new, truth = split
        targets = np.eye(10)[labels] - 0.1
        scores = nets.GaussianProcess(kernel, noise).fit(images, targets).predict(new)
        return (scores.argmax(axis=1) == truth).mean()

    @pytest.mark.parametrize("activation", [nets.relu, nets.erf])
    def test_deep_kernels_classify(self, split, activation):
        accuracy = self.accuracy(nets.nngp(activation, 3, 1.6, 0.1), split)
        linear = self.accuracy(nets.nngp(nets.linear, 3, 1.6, 0.1), split)
        assert accuracy > 0.97
        assert linear < 0.95 < accuracy

    def test_shuffled_labels_are_chance(self, split):
        images, labels, new, truth = split
        shuffled = np.random.default_rng(1).permutation(labels)
        kernel = nets.nngp(nets.relu, 3, 1.6, 0.1)
        assert self.accuracy(kernel, (images, shuffled, new, truth)) < 0.2

    def test_evidence_prefers_the_true_labels(self, split):
        images, labels, _, _ = split
        process = nets.GaussianProcess(nets.nngp(nets.relu, 3, 1.6, 0.1), noise=0.01)
        shuffled = np.random.default_rng(1).permutation(labels)
        true, false = (
            process.fit(images, np.eye(10)[y] - 0.1).log_evidence for y in (labels, shuffled)
        )
        assert true > false + 1000
