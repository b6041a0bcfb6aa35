"""Edges of laws with z(ω) = Aω + B + Σ wᵢ/(ω - aᵢ), A > 0 and wᵢ ≥ 0: read on the real line of ω.

Population values times a Marchenko-Pastur law, plus a semicircle, or as jumps of a free Poisson law
are such. The right inverse ω(z) maps the upper half plane into itself, and x is in a gap exactly
where x = z(ω) at a real ω with z'(ω) > 0: so edges are zeros of z' = A - Σ wᵢ/(ω - aᵢ)². Between
neighbouring poles the sum is convex, hence none or two zeros; beyond the outermost poles it is
monotone, hence one. Sources: Silverstein-Choi 1995; Biane 1997; Belinschi-Bercovici 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np
import sympy as sp
from flint import fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.algebra.door import functions, to_fmpq, to_rational
from freeprob.exact.systems.poles import PoleSum
from freeprob.exact.systems.system import Curve, System, flatten
from freeprob.geometry.candidates.charts_at_infinity import chart
from freeprob.geometry.candidates.folds import Fold
from freeprob.geometry.candidates.folds_by_scan import FoldLocation
from freeprob.numeric.branch.simple_folds import approached
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.pole_sums import PoleStep, PoleTable

_MERGED = 1e-9  # relative distance of the least sum from A at which two edges are not told apart
_SMALL = 1e-9  # unknowns below it, relative to the next pole, are taken for 0 in a chart


@final
@dataclass(frozen=True)
class PoleMap:
    """z(ω) = Aω + B + Σ wᵢ/(ω - aᵢ) by its slope at infinity and its poles with wᵢ > 0."""

    slope: float
    table: PoleTable

    @cached_property
    def places(self) -> np.ndarray:
        """The poles rounded once, from left to right."""
        return np.array([int(place.p) / int(place.q) for place in self.table.places])

    def sums(self, u: np.ndarray, order: int = 2) -> np.ndarray:
        """Σ wᵢ/(u - aᵢ)ᵏ at real points."""
        return PoleStep(self.table, order).floats(u).real


def pole_map(curve: Curve) -> PoleMap | None:
    """The curve's z in this form, None for other curves."""
    sums = [f for f in functions(curve.expressions) if isinstance(f, PoleSum)]
    if not curve.is_uniformised or len(sums) != 1 or sums[0].args[0] != curve.unknowns[0]:
        return None
    (u,), value = curve.unknowns, sp.Dummy("P")
    z = sp.expand(curve.z.xreplace({sums[0]: value}))
    if not z.is_polynomial(u, value) or sp.degree(z, value) != 1:
        return None
    free, factor = (sp.Poly(z.coeff(value, k), u) for k in (0, 1))
    coefficients = [*free.all_coeffs(), *factor.all_coeffs()]
    if free.degree() > 1 or factor.degree() > 2 or not all(c.is_Rational for c in coefficients):
        return None
    # β(u)/(u - a) = β₁ + β₂(u + a) + β(a)/(u - a)
    slope = free.coeff_monomial(u) + factor.coeff_monomial(u**2)
    poles = sums[0].args[1]
    b_2, b_1, b_0 = (to_fmpq(factor.coeff_monomial(u**k)) for k in (2, 1, 0))
    residues = [
        p * ((b_2 * a + b_1) * a + b_0) for a, p in zip(poles.places, poles.weights, strict=True)
    ]
    if slope <= 0 or min(residues) < 0 or max(residues) == 0:
        return None
    kept = [(a, w) for a, w in zip(poles.places, residues, strict=True) if w != 0]
    return PoleMap(float(slope), PoleTable(tuple(a for a, _ in kept), tuple(w for _, w in kept)))


@lru_cache(maxsize=64)
def folds_between_poles(system: System) -> tuple[FoldLocation, ...] | None:
    """All edges of such a law in increasing order; None for other laws.

    Gaps lie left of the first, between the second and the third, and so on.

    Raises
    ------
    ConvergenceError
        If two edges are too near each other to be told apart.
    """
    curve = flatten(system)
    found = pole_map(curve)
    if found is None:
        return None
    # z rises in the gaps, and from each gap to the next: the order is that of the zeros
    folds = _folds(curve, np.array(_zeros(found)), found)
    return tuple(FoldLocation((fold,)) for fold in folds)


def _zeros(own: PoleMap) -> list[float]:
    """Zeros of z' from left to right."""
    a = own.places
    reach = np.sqrt(float(_sum(own.table.weights)) / own.slope)
    ends = _decreasing(own, a[:1], np.full(1, -reach)), _decreasing(own, a[-1:], np.full(1, reach))
    low, high = a[:-1], a[1:]
    middle = (low + high) / 2
    # |ω - aᵢ| ≤ 2 |middle - aᵢ| inside: no value is below a quarter of that in the middle
    open_ = np.flatnonzero(own.sums(middle) <= 4 * own.slope) if len(middle) else np.arange(0)
    low, high = low[open_], high[open_]
    least = _least(own, low, high)
    depth = own.sums(least) / own.slope - 1 if len(least) else np.zeros(0)
    if np.any(np.abs(depth) < _MERGED):
        raise ConvergenceError(
            f"two edges near the image of {least[np.argmin(np.abs(depth))]:.12g} are not told apart"
        )
    low, high, least = (values[depth < 0] for values in (low, high, least))
    inner = [*_decreasing(own, low, least - low), *_decreasing(own, high, least - high)]
    return sorted(map(float, [*ends[0], *inner, *ends[1]]))


def _sum(values: tuple[fmpq, ...]) -> sp.Rational:
    return to_rational(sum(values, fmpq(0)))


def _decreasing(own: PoleMap, pole: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """The zero of z' between a pole and pole + reach, where the sum falls from ∞ to below A.

    The inverse root of the sum rises from 0 at the pole, about like the distance.
    """

    def excess(share: np.ndarray, pole: np.ndarray, reach: np.ndarray) -> np.ndarray:
        sums = own.sums(pole + reach * share)
        return np.where(np.isfinite(sums), sums, np.inf) ** -0.5 - own.slope**-0.5

    return pole + reach * _zero(excess, pole, reach)


def _least(own: PoleMap, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where the convex sum is least between two poles: its derivative -2 Σ w/(u - a)³ rises.

    Its cube root is finite at both poles when it is multiplied by the distances from them.
    """

    def slope(share: np.ndarray, low: np.ndarray, width: np.ndarray) -> np.ndarray:
        root = np.cbrt(-own.sums(low + width * share, 3)) * share * (1 - share)
        return np.where(np.isfinite(root), root, np.where(share < 0.5, -1.0, 1.0))

    return low + (high - low) * _zero(slope, low, high - low)


def _zero(function: Callable[..., np.ndarray], *places: np.ndarray) -> np.ndarray:
    """Where functions of shares, one for each place, that rise from 0 to 1 change sign."""
    from scipy.optimize.elementwise import find_root

    if not len(places[0]):
        return np.zeros(0)
    bracket = np.zeros(len(places[0])), np.ones(len(places[0]))
    return np.asarray(find_root(function, bracket, args=places).x)


def _folds(curve: Curve, zeros: np.ndarray, own: PoleMap) -> list[Fold]:
    """The critical points as folds, in the chart 1 + ω where ω is about 0."""
    room = np.min(np.abs(zeros[:, None] - _neighbours(own.places, zeros)), axis=1)
    small = np.abs(zeros) < _SMALL * room
    folds: dict[int, Fold] = {}
    for raised in (False, True):
        (chosen,) = np.nonzero(small == raised)
        if not len(chosen):
            continue
        shown = chart(curve, (False,), (raised,))
        start = shown.from_original(zeros[None, chosen] + 0j)
        u, settled = approached(compile_curve(shown.curve), start)
        # the tangent 1, lifted by 2
        plain = np.array([start[0].real, np.full(len(chosen), 3.0)])
        columns = np.where(settled, u.real, plain).T
        folds |= {
            int(i): Fold(shown, tuple(map(float, column)))
            for i, column in zip(chosen, columns, strict=True)
        }
    return [folds[i] for i in range(len(zeros))]


def _neighbours(places: np.ndarray, zeros: np.ndarray) -> np.ndarray:
    """The poles on both sides of each zero."""
    right = np.searchsorted(places, zeros)
    sides = np.stack([right - 1, right], axis=1)
    return places[np.clip(sides, 0, len(places) - 1)]
