"""Draws of a field and all its critical points, by Newton's method on the spheres.

A field of kernel Π a_i^{m_i} is Σ √(Π m_i!/α_i!) g_α x^α over the monomials of these degrees, g
standard Gaussian (Kostlan): kernels with coefficients ≥ 0 are sums of such.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from scipy.spatial import KDTree

from freeprob.errors import BudgetExceededError, ConvergenceError, InvalidParameterError
from freeprob.landscapes.kac_rice import arguments
from freeprob.landscapes.kac_rice.covariances import Covariances
from freeprob.parameters import generator
from freeprob.tables import Tabled

_STARTS = 200
_STEPS = 40
_GRADIENT = 1e-10  # of a field of unit size: Newton's last step squares it
_DISTANCE = 1e-6  # points nearer than this are one
_QUIET_ROUNDS = 3
_MOST_ROUNDS = 200
_MOST_MONOMIALS = 20_000


@dataclass(frozen=True, eq=False)
class CriticalPoints(Tabled):
    """All critical points that were found of one draw.

    Parameters
    ----------
    points
        Positions on the unit spheres, one after the other: count x N.
    energies
        f/√N; for two players count x 2, L_D/√N and L_G/√N.
    indices
        Numbers of negative eigenvalues of the Hessians.
    """

    points: np.ndarray
    energies: np.ndarray
    indices: np.ndarray

    def __len__(self) -> int:
        """Their number."""
        return len(self.indices)

    @property
    def euler_characteristic(self) -> int:
        """Σ (-1)^index, that of the product of spheres by Morse theory."""
        return int(((-1) ** self.indices).sum())


@dataclass(frozen=True)
class _Polynomial:
    """Σ coefficients x^exponents, with first and second derivatives at many points."""

    coefficients: np.ndarray
    exponents: np.ndarray

    def __add__(self, other: _Polynomial) -> _Polynomial:
        return _Polynomial(
            np.concatenate([self.coefficients, other.coefficients]),
            np.concatenate([self.exponents, other.exponents]),
        )

    @cached_property
    def jet(self) -> tuple[np.ndarray, np.ndarray]:
        """All monomials of the gradient and of the Hessian's triangle; what they have of each."""
        number = self.exponents.shape[1]
        gradient = [self._derivative(k) for k in range(number)]
        pairs = itertools.combinations_with_replacement(range(number), 2)
        parts = [*gradient, *(gradient[i]._derivative(j) for i, j in pairs)]
        rows = np.concatenate([part.exponents for part in parts])
        exponents, place = np.unique(rows, axis=0, return_inverse=True)
        shares = np.zeros((len(exponents), len(parts)))
        column = np.repeat(np.arange(len(parts)), [len(part.exponents) for part in parts])
        values = np.concatenate([part.coefficients for part in parts])
        np.add.at(shares, (place.ravel(), column), values)
        return exponents, shares

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return _powers(x, self.exponents) @ self.coefficients

    def _derivative(self, k: int) -> _Polynomial:
        kept = self.exponents[:, k] > 0
        lowered = self.exponents[kept].copy()
        lowered[:, k] -= 1
        return _Polynomial(self.coefficients[kept] * self.exponents[kept, k], lowered)


def _powers(x: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """All monomials at all points."""
    table = x[:, :, None] ** np.arange(int(exponents.max()) + 1)
    values = table[:, 0, exponents[:, 0]]
    for k in range(1, x.shape[1]):
        values = values * table[:, k, exponents[:, k]]
    return values


def simulate(
    covariances: Covariances,
    rows: Sequence[Sequence[sp.Expr]],
    n: Any,
    rng: Any,
    drift: Sequence[float] = (),
) -> CriticalPoints:
    """Draw the fields, and find all critical points of their sum; energies by rows of values.

    A drift Σ d_k τ^k/√N with τ = √N x_1 is added to the first field.

    Raises
    ------
    InvalidParameterError
        If a sphere's dimension is no whole number of at least 2.
    BudgetExceededError
        If the polynomial has too many terms.
    ConvergenceError
        If points are still missing after all starts.
    """
    covariances.require_numbers()
    sizes = _sizes(covariances, n)
    stream = generator(rng)
    fields = [_drawn(kernel, covariances, sizes, stream) for kernel in covariances.kernels]
    if len(drift):
        fields[0] = fields[0] + _along_first_axis(drift, sum(sizes))
    total = fields[0]
    for other in fields[1:]:
        total = total + other
    points, indices = _search(total, sizes, stream)
    values = np.stack([field(points) for field in fields]) / math.sqrt(sum(sizes))
    energies = np.array(rows, dtype=float) @ values
    order = np.lexsort((energies[0], indices))
    energies = energies[0] if len(rows) == 1 else energies.T
    return CriticalPoints(points[order], energies[order], indices[order])


def _sizes(covariances: Covariances, n: Any) -> list[int]:
    total = arguments.size(n)
    sizes = [weight * total for weight in covariances.fractions]
    if any(not size.is_integer or size < 2 for size in sizes):
        raise InvalidParameterError(
            f"the spheres at N = {total} would lie in {sizes} dimensions: each must be a whole "
            "number of at least 2; choose N accordingly"
        )
    return [int(size) for size in sizes]


def _drawn(
    kernel: sp.Expr, covariances: Covariances, sizes: list[int], rng: np.random.Generator
) -> _Polynomial:
    """One Gaussian polynomial with this kernel."""
    terms = sp.Poly(kernel, *covariances.overlaps).terms()
    parts = []
    for degrees, coefficient in terms:
        counts = [math.comb(s + m - 1, m) for s, m in zip(sizes, degrees, strict=True)]
        if math.prod(counts) > _MOST_MONOMIALS:
            raise BudgetExceededError(
                f"a term of degrees {degrees} in {sizes} dimensions has {math.prod(counts)} "
                f"monomials, more than {_MOST_MONOMIALS}: choose a smaller N"
            )
        blocks = [_monomials(s, m) for s, m in zip(sizes, degrees, strict=True)]
        exponents = np.array([sum(choice, ()) for choice in itertools.product(*blocks)])
        ways = math.prod(math.factorial(m) for m in degrees)
        shares = [ways / math.prod(map(math.factorial, row)) for row in exponents.tolist()]
        scale = np.sqrt(float(coefficient) * np.array(shares))
        parts.append(_Polynomial(scale * rng.normal(size=len(scale)), exponents))
    polynomial = parts[0]
    for part in parts[1:]:
        polynomial = polynomial + part
    return polynomial


def _along_first_axis(drift: Sequence[float], n: int) -> _Polynomial:
    """Σ d_k τ^k/√N, τ = √N x_1."""
    powers = np.arange(len(drift))
    exponents = np.zeros((len(drift), n), dtype=int)
    exponents[:, 0] = powers
    return _Polynomial(np.asarray(drift, dtype=float) * n ** ((powers - 1) / 2), exponents)


def _monomials(size: int, degree: int) -> list[tuple[int, ...]]:
    """Exponents of all monomials of a degree."""
    found = []
    for choice in itertools.combinations_with_replacement(range(size), degree):
        found.append(tuple(choice.count(k) for k in range(size)))
    return found


def _search(
    field: _Polynomial, sizes: list[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rounds of starts, until some bring nothing new and Morse's sum is right."""
    characteristic = math.prod(1 + (-1) ** (size - 1) for size in sizes)
    degrees = field.exponents.sum(axis=1) % 2
    paired = bool((degrees == degrees[0]).all())
    points = np.zeros((0, sum(sizes)))
    indices = np.zeros(0, dtype=int)
    quiet = 0
    for _ in range(_MOST_ROUNDS):
        found = _newton(field, _starts(sizes, rng), sizes)
        if paired:
            found = np.concatenate([found, -found])
        fresh = _new(found, points)
        quiet = 0 if len(fresh) else quiet + 1
        points = np.concatenate([points, fresh])
        indices = np.concatenate([indices, _indices(field, fresh, sizes)])
        if quiet >= _QUIET_ROUNDS and ((-1) ** indices).sum() == characteristic:
            return points, indices
    raise ConvergenceError(
        f"after {_MOST_ROUNDS} rounds of starts {len(points)} critical points are known and some "
        "are missing: there are too many at this N; choose a smaller one"
    )


def _starts(sizes: list[int], rng: np.random.Generator) -> np.ndarray:
    return _normalised(rng.normal(size=(_STARTS, sum(sizes))), sizes)


def _normalised(x: np.ndarray, sizes: list[int]) -> np.ndarray:
    blocks = np.split(x, np.cumsum(sizes)[:-1], axis=1)
    return np.concatenate([b / np.linalg.norm(b, axis=1, keepdims=True) for b in blocks], axis=1)


def _bordered(field: _Polynomial, x: np.ndarray, sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The Riemannian gradient, and ∇²f - r on the tangent space bordered by the normals."""
    n, m = x.shape[1], len(sizes)
    owner = np.repeat(np.arange(m), sizes)
    exponents, shares = field.jet
    derivatives = _powers(x, exponents) @ shares
    slopes = derivatives[:, :n]
    radial = np.stack([(x * slopes)[:, owner == i].sum(axis=1) for i in range(m)], axis=1)
    matrix = np.zeros((len(x), n + m, n + m))
    rows, columns = np.triu_indices(n)
    matrix[:, rows, columns] = matrix[:, columns, rows] = derivatives[:, n:]
    matrix[:, np.arange(n), np.arange(n)] -= radial[:, owner]
    matrix[:, np.arange(n), n + owner] = matrix[:, n + owner, np.arange(n)] = x
    return slopes - radial[:, owner] * x, matrix


def _newton(field: _Polynomial, x: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Where Newton's method arrives; starts that do not settle are dropped."""
    size = np.abs(field.coefficients).max()
    done = np.zeros((0, x.shape[1]))
    for _ in range(_STEPS):
        gradient, matrix = _bordered(field, x, sizes)
        settled = np.abs(gradient).max(axis=1) < _GRADIENT * size
        done = np.concatenate([done, x[settled]])
        gradient, matrix, x = gradient[~settled], matrix[~settled], x[~settled]
        if not len(x):
            break
        right = np.concatenate([-gradient, np.zeros((len(x), len(sizes)))], axis=1)
        step = np.linalg.solve(matrix, right[:, :, None])[:, : x.shape[1], 0]
        x = _normalised(x + step, sizes)
    return done


def _new(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Those that are neither known nor repeated."""
    pool = np.concatenate([known, found])
    pairs = KDTree(pool).query_pairs(_DISTANCE, output_type="ndarray")
    # the first of each cluster stands for it
    first = np.ones(len(pool), dtype=bool)
    first[pairs[:, 1]] = False
    return found[first[len(known) :]]


def _indices(field: _Polynomial, x: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Negative eigenvalues on the tangent space: each border adds one of either sign."""
    if not len(x):
        return np.zeros(0, dtype=int)
    _, matrix = _bordered(field, x, sizes)
    return (np.linalg.eigvalsh(matrix) < 0).sum(axis=1) - len(sizes)
