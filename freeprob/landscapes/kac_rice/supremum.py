"""The supremum of a Gaussian rate and a log-potential below given levels, on several spheres.

x = (values of the fields, radial derivatives r)/√N has the covariance Σ/N, and levels bound linear
functions B x ≤ u. The rate of the number of critical points is

Θ = ½ - ½ Σ κ_a log(κ_a c_a) + sup_{B x ≤ u} {U(-r) - ½ xᵀ Σ⁻¹ x},

c_a the gradient's variances. Where it is attained, with multipliers λ ≥ 0 of the active levels,
x = Σ μ, μ = (0, κ Re g) - Bᵀ λ: polynomial equations for the g_a and λ, solved to any digits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import mpmath
import numpy as np
import sympy as sp
from scipy.optimize import LinearConstraint, minimize, nnls

from freeprob.errors import ConvergenceError
from freeprob.landscapes.kac_rice.block_potential import Blocks, Complexes
from freeprob.landscapes.kac_rice.covariances import Covariances
from freeprob.landscapes.kac_rice.rates import in_context, secured
from freeprob.numeric.precision import fresh_context

# an imaginary part of a transform below this part of it is taken for 0, and the digits decide
_REAL = 1e-5
# a level is taken for active within this of its bound, in standard deviations of what it bounds,
# and its multiplier decides
_ACTIVE = 1e-7
# digits that leave float64's supremum by more are another stationary point
_SAME = 1e-6
_STEPS = 200
# tolerances of values for the first and the last search
_ROUGH, _FINE = 1e-6, 1e-15
# a slope this small beside the terms that cancel in it moves the value by its square
_STATIONARY = 1e-5
_RESTARTS = 3
_GUARD = 15  # digits beyond those asked for in which signs are seen


@dataclass(frozen=True)
class Optimum:
    """Where a supremum is: its value, x = (values, radial derivatives)/√N and the g_a."""

    value: float
    point: np.ndarray
    transforms: Complexes


@dataclass(frozen=True)
class Supremum:
    """A field on several spheres and the rows B of what its levels bound."""

    covariances: Covariances
    rows: tuple[tuple[sp.Expr, ...], ...]

    @cached_property
    def _blocks(self) -> Blocks:
        found = self.covariances
        return Blocks(
            np.array([float(weight) for weight in found.fractions]),
            np.array(found.curvatures.tolist(), dtype=float),
        )

    @cached_property
    def _root(self) -> np.ndarray:
        """A with A Aᵀ = Σ and full column rank: scalars that are multiples of others drop out."""
        scalars = np.array(self.covariances.scalars.tolist(), dtype=float)
        # correlations have one scale, however far apart the variances are
        deviations = np.sqrt(np.diag(scalars))[:, None]
        values, vectors = np.linalg.eigh(scalars / deviations / deviations.T)
        rank = self.covariances.scalars.rank()
        return deviations * vectors[:, -rank:] * np.sqrt(values[-rank:])

    @cached_property
    def _constant(self) -> sp.Expr:
        found = self.covariances
        terms = zip(found.fractions, found.gradients, strict=True)
        return sp.Rational(1, 2) - sp.Add(*(k * sp.log(k * c) for k, c in terms)) / 2

    @cached_property
    def _levels(self) -> np.ndarray:
        """B as a matrix on x."""
        return np.array([self._row(row) for row in self.rows], dtype=float)

    @cached_property
    def _deviations(self) -> np.ndarray:
        """The standard deviations of what levels bound: in them bounds have one scale."""
        return np.linalg.norm(self._levels @ self._root, axis=1)

    def _row(self, row: Sequence[sp.Expr]) -> list[sp.Expr]:
        return [*row, *[sp.S.Zero] * len(self.covariances.fractions)]

    def optimum(self, bounds: Sequence[float]) -> Optimum:
        """The supremum in float64, the best of what several starts lead to.

        Raises
        ------
        ConvergenceError
            If no point below the levels is found, or none that is stationary.
        """
        finite = np.isfinite(bounds)
        levels = (self._levels @ self._root / self._deviations[:, None])[finite]
        limits = (np.asarray(bounds, dtype=float) / self._deviations)[finite]
        # a few steps from each start tell the best, which alone is followed to the end
        rough = [self._climbed(start, levels, limits, _ROUGH) for start in self._starts()]
        room = _ACTIVE * (1 + abs(limits))
        allowed = [xi for xi in rough if (limits - levels @ xi + room > 0).all()]
        if not allowed:
            raise ConvergenceError(f"no point was found below the levels {list(bounds)}")
        found = min(allowed, key=lambda xi: self._negative(xi)[0])
        for _ in range(_RESTARTS):
            found = self._climbed(found, levels, limits, _FINE)
            value, slope, g = self._negative(found)
            rest, gain = self._stationarity(slope, levels, limits - levels @ found)
            still = rest < _STATIONARY * (1 + np.linalg.norm(slope))
            if still and abs(gain) <= _SAME * (1 + abs(value)):
                return Optimum(float(self._constant) - value + gain, self._root @ found, g)
        raise ConvergenceError(
            f"the search for the supremum below the levels {list(bounds)} did not settle"
        )

    def _climbed(
        self, start: np.ndarray, levels: np.ndarray, limits: np.ndarray, tolerance: float
    ) -> np.ndarray:
        """Where sequential quadratic programs lead; transforms go on from those before."""
        near: list[Complexes] = []

        def objective(xi: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope, g = self._negative(xi, near[-1] if near else None)
            near.append(g)
            return value, slope

        constraints = [LinearConstraint(levels, -np.inf, limits)] if len(limits) else []
        options = {"ftol": tolerance, "maxiter": _STEPS}
        return minimize(
            objective, start, jac=True, method="SLSQP", constraints=constraints, options=options
        ).x

    @staticmethod
    def _stationarity(
        slope: np.ndarray, levels: np.ndarray, slack: np.ndarray
    ) -> tuple[float, float]:
        """What minus the slope is beside a sum of active levels' normals with factors λ ≥ 0.

        And what the value gains on the way to these levels, λ times what is left to them.
        """
        close = slack < _ACTIVE * (1 + np.linalg.norm(slope))
        if not close.any():
            return float(np.linalg.norm(slope)), 0.0
        factors, rest = nnls(levels[close].T, -slope)
        return float(rest), float(factors @ slack[close])

    def _starts(self) -> list[np.ndarray]:
        """The middle, and radial derivatives beyond the spectrum with every choice of signs."""
        number = len(self._blocks.weights)
        reach = 2.2 * np.sqrt(self._blocks.variances @ self._blocks.weights)
        radial = self._root[-number:]
        signs = itertools.product((1.0, -1.0), repeat=number)
        beyond = [np.linalg.lstsq(radial, reach * np.array(s), rcond=None)[0] for s in signs]
        return [np.zeros(self._root.shape[1]), *beyond]

    def _radial(self, point: np.ndarray) -> np.ndarray:
        return point[len(self.covariances.kernels) :]

    def _negative(
        self, xi: np.ndarray, near: Complexes | None = None
    ) -> tuple[float, np.ndarray, Complexes]:
        """½ ξ² - U, its gradient and the transforms, x = A ξ."""
        g = self._blocks.transforms(-self._radial(self._root @ xi), near)
        slope = self._root[-len(g) :].T @ (self._blocks.weights * g.real)
        return float(xi @ xi / 2 - self._blocks.value(g)), xi - slope, g

    def digits(self, bounds: Sequence[sp.Expr], dps: int) -> mpmath.mpf:
        """The supremum with ``dps`` digits: the equations at float64's point, by Newton's method.

        Raises
        ------
        ConvergenceError
            If digits are not secured, as where a phase changes.
        """
        near = self.optimum([float(bound) for bound in bounds])
        slack = np.array([float(bound) for bound in bounds]) - self._levels @ near.point
        close = np.flatnonzero(abs(slack) < _ACTIVE * self._deviations).tolist()
        for active in _subsets(close):
            if _Stationary(self, bounds, active, dps + _GUARD).value(near) is not None:
                break
        else:
            raise ConvergenceError(
                "the supremum is where a phase of the Hessian or of its constraints changes: "
                "its digits were not secured"
            )

        def at(digits: int) -> mpmath.mpf:
            value = _Stationary(self, bounds, active, digits).value(near)
            if value is None or abs(float(value) - near.value) > _SAME * (1 + abs(near.value)):
                raise ConvergenceError("the equations of the supremum have another root nearby")
            return value

        return secured(at, dps)


def _subsets(close: list[int]) -> Iterator[list[int]]:
    """Levels that may be active, the most first: only digits tell two from one that are close."""
    for size in range(len(close), -1, -1):
        yield from map(list, itertools.combinations(close, size))


class _Stationary:
    """The equations of a stationary point in one context, unknowns Re g, Im g and multipliers."""

    def __init__(
        self, owner: Supremum, bounds: Sequence[sp.Expr], active: list[int], digits: int
    ) -> None:
        self.mp = fresh_context(digits)
        found = owner.covariances
        self.weights = [in_context(weight, self.mp) for weight in found.fractions]
        self.variances, self.scalars = self._matrix(found.curvatures), self._matrix(found.scalars)
        self.rows = [[in_context(v, self.mp) for v in owner._row(owner.rows[i])] for i in active]
        self.bounds = [in_context(bounds[i], self.mp) for i in active]
        self.others = [
            ([in_context(v, self.mp) for v in owner._row(row)], in_context(bound, self.mp))
            for i, (row, bound) in enumerate(zip(owner.rows, bounds, strict=True))
            if i not in active and bound != sp.oo
        ]
        self.constant = in_context(owner._constant, self.mp)
        self.fields = len(found.kernels)
        self.owner, self.active = owner, active

    def _matrix(self, matrix: sp.ImmutableMatrix) -> list[list[mpmath.mpf]]:
        return [[in_context(value, self.mp) for value in row] for row in matrix.tolist()]

    def value(self, near: Optimum) -> mpmath.mpf | None:
        """The rate at the stationary point, or None where that is not the supremum."""
        mp, number = self.mp, len(self.weights)
        size = abs(near.transforms)
        imaginary = [a for a in range(number) if abs(near.transforms[a].imag) > _REAL * size[a]]
        start = [*near.transforms.real, *near.transforms.imag[imaginary], *self._multipliers(near)]
        unknowns = [mp.mpf(float(value)) for value in start]

        def equations(*values: mpmath.mpf) -> list[mpmath.mpf]:
            g, multipliers = self._read(values, imaginary)
            point, _ = self._point(g, multipliers)
            residuals = []
            for a in range(number):
                shift = -point[self.fields + a]
                field = -shift - self._linear(a, g)
                residual = g[a] * field - 1
                residuals.append(mp.re(residual))
                if a in imaginary:
                    residuals.append(mp.im(residual))
            for row, bound in zip(self.rows, self.bounds, strict=True):
                residuals.append(mp.fdot(row, point) - bound)
            return residuals

        found = (
            mp.findroot(equations, unknowns)
            if len(unknowns) > 1
            else [mp.findroot(lambda x: equations(x)[0], unknowns[0])]
        )
        g, multipliers = self._read(list(found), imaginary)
        point, dual = self._point(g, multipliers)
        if not self._is_supremum(g, multipliers, imaginary, point):
            return None
        weighted = [weight * value for weight, value in zip(self.weights, g, strict=True)]
        quadratic = mp.fsum(weighted[a] * self._linear(a, g) for a in range(number))
        logs = mp.fdot(self.weights, [mp.log(abs(value)) for value in g])
        return self.constant - logs + mp.re(quadratic) / 2 - mp.fdot(dual, point) / 2

    def _linear(self, a: int, g: list) -> mpmath.mpc:
        """Σ_b S_ab κ_b g_b."""
        terms = zip(self.variances[a], self.weights, g, strict=True)
        return self.mp.fsum(s * weight * value for s, weight, value in terms)

    def _read(self, values: Sequence, imaginary: list[int]) -> tuple[list, list]:
        number = len(self.weights)
        g = [self.mp.mpc(value) for value in values[:number]]
        for place, a in enumerate(imaginary):
            g[a] += 1j * values[number + place]
        return g, list(values[number + len(imaginary) :])

    def _point(self, g: list, multipliers: list) -> tuple[list, list]:
        """The point x = Σ μ, and μ."""
        mp = self.mp
        dual = [mp.zero] * self.fields
        dual += [weight * mp.re(value) for weight, value in zip(self.weights, g, strict=True)]
        for row, multiplier in zip(self.rows, multipliers, strict=True):
            dual = [m - multiplier * b for m, b in zip(dual, row, strict=True)]
        return [mp.fdot(row, dual) for row in self.scalars], dual

    def _multipliers(self, near: Optimum) -> np.ndarray:
        """λ of float64's point: Bᵀ λ is what x lacks of Σ times the slope of U, seen by B."""
        scalars = np.array(self.owner.covariances.scalars.tolist(), dtype=float)
        rows = self.owner._levels[self.active]
        slope = np.concatenate(
            [np.zeros(self.fields), self.owner._blocks.weights * near.transforms.real]
        )
        return np.linalg.solve(rows @ scalars @ rows.T, rows @ (scalars @ slope - near.point))

    def _is_supremum(
        self, g: list, multipliers: list, imaginary: list[int], point: list[mpmath.mpf]
    ) -> bool:
        """Signs that make the stationary point the physical one and the constrained supremum."""
        tiny = self.mp.mpf(10) ** (-self.mp.dps // 2)
        physical = all(self.mp.im(g[a]) < -tiny for a in imaginary)
        return (
            physical
            and all(multiplier > -tiny for multiplier in multipliers)
            and all(self.mp.fdot(row, point) <= bound + tiny for row, bound in self.others)
        )
