"""Random features of given inputs: the regression as matrix expressions, by its kernel's arrays.

Given inputs, rows of the features are independent with covariance Φ, Φ_ij = E f(w·x_i) f(w·x_j).
Over all inputs, old and new, Φ = CᵀC with C = (A, Â), and features are Z A and Z Â, Z Gaussian:

    K = Φ^(1/2) ZᵀZ Φ^(1/2)/n₁ + γ                       (old inputs alone)
    U = Zᵀ (Z H Zᵀ/n₁ + γ)⁻¹ Z/n₁,  H = AAᵀ,  D = ÂÂᵀ

Residuals are γ y K⁻¹, predictions are y AᵀUÂ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from freeprob.derivation import Derivation, DrawnMatrices, Evidence
from freeprob.errors import InvalidParameterError
from freeprob.exact.equations.steps import Step
from freeprob.models.equivalents.deterministic_equivalent import (
    DeterministicTrace,
    deterministic_equivalent,
)
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.spectral_letters import Deterministic
from freeprob.nets.activations.activations import Activation
from freeprob.nets.spectra.feature_curves import FeatureCurve, positive_ridges
from freeprob.parameters import digits, finite_reals

_LLC = "Louart-Liao-Couillet 2018"
_N1, _M, _SIZE, _GAMMA = sp.symbols("n_1 m M gamma", positive=True)
_NEW, _SQUARES, _TRAIN, _TEST = sp.symbols("m_new s_new E_train E_test", positive=True)
_HALF = sp.Rational(1, 2)
_AGREEMENT = 1e-10  # solves with matrices of five rows and a ridge lose few of sixteen digits
PHI, Y = (Deterministic(name, None, _M) for name in ("Phi", "Y"))
H, D, A, B = (Deterministic(name, None, _SIZE) for name in "HDAB")


def _kernel() -> sp.MatrixExpr:
    root, z = PHI**_HALF, Ginibre("Z", _N1, _M)
    return root * z.T * z * root / _N1 + _GAMMA * sp.Identity(_M)


def _response() -> sp.MatrixExpr:
    z = Ginibre("Z", _N1, _SIZE)
    return z.T * (z * H * z.T / _N1 + _GAMMA * sp.Identity(_N1)).inverse() * z / _N1


class Samples(NamedTuple):
    """Inputs, samples x n₀, with labels."""

    inputs: NDArray[np.float64]
    labels: NDArray[np.float64]


def read_samples(data: object) -> tuple[Samples, Samples | None]:
    """Read ``(X, y)`` or ``(X, y, X_new, y_new)``, X samples x inputs.

    Raises
    ------
    InvalidParameterError
        For other shapes or numbers.
    """
    parts = list(data) if isinstance(data, list | tuple) else []
    if len(parts) not in (2, 4):
        size = f" of length {len(parts)}" if parts else ""
        raise InvalidParameterError(
            "data of random features are a Law of XᵀX/n₀, or arrays (X, y) or (X, y, X_new, y_new) "
            f"with samples as rows of X, got {type(data).__name__}{size}"
        )
    old = _samples(parts[0], parts[1], "")
    if len(parts) == 2:
        return old, None
    new = _samples(parts[2], parts[3], "_new")
    if new.inputs.shape[1] != old.inputs.shape[1]:
        raise InvalidParameterError(
            f"X has {old.inputs.shape[1]} columns and X_new has {new.inputs.shape[1]}: both have "
            "one for each input"
        )
    return old, new


def _samples(inputs: object, labels: object, name: str) -> Samples:
    table, column = finite_reals(inputs, f"X{name}"), finite_reals(labels, f"y{name}")
    if table.ndim != 2 or not table.size or column.shape != table.shape[:1]:
        raise InvalidParameterError(
            f"X{name} is a table, samples x inputs, with one label in y{name} for each sample; got "
            f"shapes {table.shape} and {column.shape}"
        )
    return Samples(table, column)


@final
@dataclass(frozen=True, eq=False)
class ArrayFeatures:
    """Ridge regression on random features of given inputs; build it with :func:`random_features`.

    Numbers are floats, as the arrays are.

    Parameters
    ----------
    activation
        f, as it is: a mean is not taken off.
    psi1
        Features over inputs.
    ridge
        λ.
    noise
        Variance of label noise that is added to the labels.
    old, new
        Samples, and those that are predicted.
    """

    activation: Activation
    psi1: sp.Expr
    ridge: sp.Expr
    noise: sp.Expr
    old: Samples
    new: Samples | None

    def tau1(self, dps: int | None = None) -> float:
        """The trace tr K⁻¹/m."""
        _refuse_digits(dps)
        trace = DeterministicTrace.of(_kernel().inverse())
        return trace.evaluate(self._values(), data={PHI: self._kernels[0]})

    def train(self, dps: int | None = None) -> float:
        """Mean square residual on the samples."""
        _refuse_digits(dps)
        return float(self._trained(self._gammas([float(self.ridge)]))[0])

    def test(self, dps: int | None = None) -> float:
        """Mean square error on the new samples.

        Raises
        ------
        InvalidParameterError
            If there are none.
        """
        _refuse_digits(dps)
        if self.new is None:
            raise InvalidParameterError(
                "a test error needs new samples: give data=(X, y, X_new, y_new)"
            )
        return float(self._misses(self.new, self._gammas([float(self.ridge)]))[0])

    def curve(self, ridges: Any) -> FeatureCurve:
        """Both errors at many ridges λ; without new samples ``test`` is empty.

        Raises
        ------
        InvalidParameterError
            If a ridge is not positive.
        """
        table = positive_ridges(ridges)
        gammas = self._gammas(table)
        train = self._trained(gammas).reshape(table.shape)
        test = np.array([])
        if self.new is not None:
            test = self._misses(self.new, gammas).reshape(table.shape)
        return FeatureCurve(table, train, test)

    def equations(self) -> list[sp.Eq]:
        """Scalars of the equivalents and both errors, in n₁, m, m_new, γ and these matrices.

        Φ; Y = yyᵀ + σ²; H = AAᵀ and D = ÂÂᵀ; A = A Y Aᵀ and B, the symmetric part of A y y_newᵀÂᵀ;
        s_new is the mean square of the new labels.
        """
        found = []
        for first, trace in self._definitions:
            found += [first.equation, *trace.equations()]
        return found

    def derive(self) -> Derivation:
        """From the regression to both errors; ``check()`` verifies steps with random matrices."""
        parts = [(first, trace.derive()) for first, trace in self._definitions]
        steps = tuple(step for first, rest in parts for step in (first, *rest.steps))
        groups = tuple((len(rest.steps), rest.evidence) for _, rest in parts)
        title = r"K = \Phi^{1/2} Z^T Z \Phi^{1/2}/n_1 + \gamma"
        return Derivation("Random features of given inputs", title, steps, ArrayEvidence(groups))

    @cached_property
    def _definitions(self) -> list[tuple[Step, DeterministicTrace]]:
        """Both errors as traces, the second one where there are new samples."""
        train, test = _train(), _test()
        pairs = [
            (_definition(_TRAIN, _GAMMA**2 * sp.Trace(train) / _M), train),
            (_definition(_TEST, _SQUARES + sp.Trace(test) / _NEW), test),
        ]
        kept = pairs if self.new is not None else pairs[:1]
        return [(first, DeterministicTrace.of(matrix)) for first, matrix in kept]

    @cached_property
    def _kernels(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Φ of the old samples, and C of all samples with CᵀC = Φ."""
        tables = [self.old.inputs] + ([] if self.new is None else [self.new.inputs])
        inputs = np.concatenate(tables)
        products = inputs @ inputs.T / inputs.shape[1]
        lengths = np.diag(products)
        kernel = self.activation.dual_function()(lengths[:, None], products, lengths[None, :])
        count = len(self.old.labels)
        values, vectors = np.linalg.eigh(kernel)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        return kernel[:count, :count], root

    def _values(self) -> dict[sp.Symbol, object]:
        samples, inputs = self.old.inputs.shape
        return {
            _N1: self.psi1 * inputs,
            _GAMMA: self.ridge * samples / inputs,
        }

    def _gammas(self, ridges: Any) -> np.ndarray:
        """γ = λ m/n₀."""
        samples, inputs = self.old.inputs.shape
        return np.ravel(ridges) * samples / inputs

    def _trained(self, gammas: np.ndarray) -> np.ndarray:
        """Means of (γ y K⁻¹)², label noise included."""
        values, data = {**self._values(), _GAMMA: gammas}, {PHI: self._kernels[0]}
        labels = self.old.labels
        square = deterministic_equivalent(_kernel() ** -2).form(labels, labels, values, data)
        noise = 0.0
        if self.noise != 0:
            trace = DeterministicTrace.of(_kernel() ** -2).evaluate(values, data=data)
            noise = float(self.noise) * trace
        return gammas**2 * (square / len(labels) + noise)

    def _misses(self, new: Samples, gammas: np.ndarray) -> np.ndarray:
        """Means of (y_new - prediction)², label noise included."""
        old, root = self.old, self._kernels[1]
        count = len(old.labels)
        first, second = root[:, :count], root[:, count:]
        left, right = first @ old.labels, second @ new.labels
        seen, unseen = first @ first.T, second @ second.T
        values, data = {**self._values(), _GAMMA: gammas}, {H: seen, D: unseen}
        response = _response()
        mean = deterministic_equivalent(response).form(left, right, values, {H: seen})
        twice = response * D * response
        square = deterministic_equivalent(twice).form(left, left, values, data)
        noise = 0.0
        if self.noise != 0:
            trace = DeterministicTrace.of(H * twice).evaluate(values, data=data)
            noise = float(self.noise) * len(root) * trace
        return (new.labels @ new.labels - 2 * mean + square + noise) / len(new.labels)


def _train() -> sp.MatrixExpr:
    return Y * _kernel() ** -2


def _test() -> sp.MatrixExpr:
    response = _response()
    return A * response * D * response - 2 * B * response


def _definition(error: sp.Symbol, value: sp.Expr) -> Step:
    return Step(sp.Eq(error, value, evaluate=False), "The error as a trace", _LLC)


def _refuse_digits(dps: int | None) -> None:
    if digits(dps) is not None:
        raise InvalidParameterError(
            "given arrays are floats and their kernel has no more digits: leave out dps, or "
            "give a law of XᵀX/n₀ as data, for labels that are linear in independent inputs"
        )


@final
@dataclass(frozen=True)
class ArrayEvidence(DrawnMatrices):
    """Regressions on small random arrays for the definitions, equivalents for what follows."""

    groups: tuple[tuple[int, Evidence], ...]

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random choice."""
        wrong, rest = [], list(steps)
        numbers = np.random.default_rng(random.randint(0, 2**31))
        for kind, (count, evidence) in enumerate(self.groups):
            first, own, rest = rest[0], rest[1 : 1 + count], rest[1 + count :]
            one, two = _sides(numbers)[kind]
            wrong += [] if abs(one - two) < _AGREEMENT * (1 + abs(one)) else [first]
            wrong += evidence.refuted(own, random)
        return wrong


def _sides(numbers: np.random.Generator) -> tuple[tuple[float, float], tuple[float, float]]:
    """Errors of one regression by its readout, and as the traces say."""
    n1, m, new, gamma = 4, 5, 3, 0.3
    z, first, second = (numbers.standard_normal(shape) for shape in ((n1, 8), (8, m), (8, new)))
    labels, truth = numbers.standard_normal(m), numbers.standard_normal(new)
    features, others = z @ first, z @ second
    readout = np.linalg.solve(features @ features.T / n1 + gamma * np.eye(n1), features @ labels)
    train = float(np.mean((labels - readout @ features / n1) ** 2))
    test = float(np.mean((truth - readout @ others / n1) ** 2))
    kernel = np.linalg.inv(features.T @ features / n1 + gamma * np.eye(m))
    inner = np.linalg.inv(z @ first @ first.T @ z.T / n1 + gamma * np.eye(n1))
    response = z.T @ inner @ z / n1
    left, right = first @ labels, second @ truth
    square = left @ response @ second @ second.T @ response @ left
    shown = float(gamma**2 * labels @ kernel @ kernel @ labels / m)
    return (train, shown), (
        test,
        float(np.mean(truth**2) + (square - 2 * left @ response @ right) / new),
    )
