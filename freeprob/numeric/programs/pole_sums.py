"""Σ pᵢ/(u - aᵢ)ᵏ for many poles: float64 arrays and balls, at a cost that grows like log of them.

Poles are halved into a tree. What lies far from u compared with its width is read from a few
numbers: in float64 from equivalent poles at Chebyshev points (interpolation in the place of the
pole, which any kernel that is analytic there allows), over balls from moments with a bound on the
rest. Only poles next to u are summed one by one. Sources: Barnes and Hut 1986; Fong and Darve 2009.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate, repeat
from math import comb, isqrt
from operator import mul
from typing import Any, TypeVar, final

import numpy as np
from flint import acb, acb_poly, arb, arb_mat, arb_poly, ctx, fmpq

from freeprob.numeric.programs.pole_groups import LEAF, Group, groups_of, lowest

_NODES = 22  # (3 + √8)^-22 = 1e-17: interpolation on a group at distance 3 radii
_FAR = 3.0  # radii from a cluster at which its multipoles converge like 3^-n
_BALL_FAR = 4  # two bits for every moment
_LEAST_BITS = 144  # proofs of all digits of a float64 number take no more
_FEW_SUMS = 12  # at one precision: they are made pole by pole
_Ball = TypeVar("_Ball", arb, acb)
_PAIRS = 1 << 14  # pairs of a point and a group at once: 5 MB


@final
@dataclass(frozen=True, eq=False)
class PoleTable:
    """Poles in increasing order with their weights; made once for each set of poles."""

    places: tuple[fmpq, ...]
    weights: tuple[fmpq, ...]
    moments: dict[tuple[int, int], arb_poly] = field(default_factory=dict)
    bases: dict[int, dict[int, arb_poly]] = field(default_factory=dict)
    series: dict[tuple[int, int, int], arb_poly] = field(default_factory=dict)
    exact: dict[int, tuple[list[arb], list[arb]]] = field(default_factory=dict)
    reaches: dict[int, list[tuple[arb, arb]]] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)

    @cached_property
    def groups(self) -> list[Group]:
        """The tree, parents before parts."""
        return groups_of(self.places)

    @cached_property
    def _floats(self) -> tuple[np.ndarray, np.ndarray]:
        """Places and weights rounded once."""
        return tuple(
            np.array([int(v.p) / int(v.q) for v in values])
            for values in (self.places, self.weights)
        )  # pyright: ignore[reportReturnType]

    @cached_property
    def _proxies(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Centres, radii, equivalent places and weights of all groups."""
        a, p = self._floats
        nodes = np.cos(np.pi * (2 * np.arange(_NODES) + 1) / (2 * _NODES))
        signs = (-1.0) ** np.arange(_NODES) * np.sqrt(1 - nodes**2)
        centres = np.array([float(a[g.start] + a[g.end - 1]) / 2 for g in self.groups])
        radii = np.array([float(a[g.end - 1] - a[g.start]) / 2 for g in self.groups])
        weights = np.empty((len(centres), _NODES))
        for i, group in enumerate(self.groups):
            own = a[group.start : group.end]
            scaled = (own - centres[i]) / radii[i] if radii[i] else np.zeros(len(own))
            # barycentric Lagrange polynomials at the poles
            gap = scaled[:, None] - nodes
            hit = gap == 0
            shares = signs / np.where(hit, 1.0, gap)
            basis = shares / shares.sum(axis=1, keepdims=True)
            basis = np.where(hit.any(axis=1, keepdims=True), hit, basis)
            weights[i] = p[group.start : group.end] @ basis
        return centres, radii, centres[:, None] + radii[:, None] * nodes, weights

    def over_floats(self, u: Any, kernel: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Any:
        """Σ pᵢ kernel(u - aᵢ, aᵢ) for complex u, an array or a number."""
        points = np.atleast_1d(np.asarray(u, dtype=complex))
        flat = points.ravel()
        if flat.size * len(self.places) <= _PAIRS:
            # few pairs are summed before the tree is looked at
            a, p = self._floats
            direct = (p * kernel(flat[:, None] - a, a)).sum(axis=1).reshape(points.shape)
            return direct if np.ndim(u) else complex(direct[0])
        size = max(1, _PAIRS // 16 if len(self.places) > LEAF else _PAIRS)
        blocks = [
            self._block(flat[i : i + size], kernel) for i in range(0, max(len(flat), 1), size)
        ]
        values = np.concatenate(blocks).reshape(points.shape)
        return values if np.ndim(u) else complex(values[0])

    def _block(
        self, u: np.ndarray, kernel: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """The sums at some points, down the tree level by level."""
        total = np.zeros(len(u), dtype=complex)
        centres, radii, places, weights = self._proxies
        first, second, _, _ = self._links
        points, groups = np.arange(len(u)), np.zeros(len(u), dtype=int)
        while len(points):
            distance = np.abs(u[points] - centres[groups])
            whole = first[groups] < 0
            far = (distance >= _FAR * radii[groups]) & ~whole
            if far.any():
                at, g = points[far], groups[far]
                terms = weights[g] * kernel(u[at][:, None] - places[g], places[g])
                _add(total, at, terms.sum(axis=1))
            if whole.any():
                self._one_by_one(total, u, points[whole], groups[whole], kernel)
            rest = ~(far | whole)
            points = np.concatenate([points[rest], points[rest]])
            groups = np.concatenate([first[groups[rest]], second[groups[rest]]])
        return total

    @cached_property
    def _links(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Parts of the groups, -1 where there are none, and their ranges."""
        rows = [(*(g.halves or (-1, -1)), g.start, g.end) for g in self.groups]
        return tuple(np.array(rows).T)  # pyright: ignore[reportReturnType]

    def _one_by_one(
        self,
        total: np.ndarray,
        u: np.ndarray,
        points: np.ndarray,
        groups: np.ndarray,
        kernel: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> None:
        """Groups that are not divided further."""
        a, p = self._floats
        _, _, start, end = self._links
        columns = start[groups][:, None] + np.arange(LEAF)
        inside = columns < end[groups][:, None]
        columns = np.minimum(columns, len(a) - 1)
        terms = p[columns] * kernel(u[points][:, None] - a[columns], a[columns])
        _add(total, points, np.where(inside, terms, 0).sum(axis=1))

    def over_balls(self, u: acb, order: int) -> acb:
        """Σ pᵢ/(u - aᵢ)ᵏ with a ball around all rounding and truncation."""
        # real sums stay real: proofs of real roots ask for it, and they cost a third
        return acb(self._total(u.real, order)) if u.imag.is_zero() else self._total(u, order)

    def _total(self, x: _Ball, order: int) -> _Ball:
        """The same for a ball of either kind."""
        if not self._moments_pay():
            return self._exactly(x, self.groups[0], order)
        total, waiting, reaches = type(x)(0), [0], self._reaches
        while waiting:
            place = waiting.pop()
            group = self.groups[place]
            if group.halves is None:
                total += self._exactly(x, group, order)
                continue
            middle, reach = reaches[place]
            shift = x - middle
            distance = shift.abs_lower()
            if distance.is_finite() and bool(distance >= reach):
                total += self._far(shift, reach / (_BALL_FAR * shift), place, order)
            else:
                waiting += group.halves
        return total

    @property
    def _reaches(self) -> list[tuple[arb, arb]]:
        """Middles of the groups and the distances from which their moments are used."""
        bits = _rounded_up(int(ctx.prec))
        if bits not in self.reaches:
            with ctx.workprec(bits):
                self.reaches[bits] = [
                    (arb(group.centre), arb(_BALL_FAR * group.radius)) for group in self.groups
                ]
        return self.reaches[bits]

    def _moments_pay(self) -> bool:
        """Whether so many sums were asked for at this precision that moments are worth their cost.

        They cost what some dozens of sums over all poles do.
        """
        bits = _rounded_up(int(ctx.prec))
        if bits in self.bases:
            return True
        self.asked[bits] = self.asked.get(bits, 0) + 1
        return self.asked[bits] > _FEW_SUMS

    def _exactly(self, u: _Ball, group: Group, order: int) -> _Ball:
        """Poles one by one."""
        places, weights = self._as_balls()
        total = type(u)(0)
        for i in range(group.start, group.end):
            gap = u - places[i]
            total += weights[i] / (gap if order == 1 else gap**order)
        return total

    def _as_balls(self) -> tuple[list[arb], list[arb]]:
        """Places and weights at the working precision."""
        bits = _rounded_up(int(ctx.prec))
        if bits not in self.exact:
            with ctx.workprec(bits):
                places, weights = map(arb, self.places), map(arb, self.weights)
                self.exact[bits] = list(places), list(weights)
        return self.exact[bits]

    def _far(self, shift: _Ball, q: _Ball, place: int, order: int) -> _Ball:
        """A group by its moments Mⱼ = Σ pᵢ ((aᵢ - c)/r)ʲ: Σ C(k - 1 + j, j) Mⱼ qʲ/(u - c)ᵏ.

        With q = r/(u - c), |q| ≤ 1/4, |Mⱼ| ≤ M₀ and k ≤ J each term from the J-th on is at most
        half the one before, so that all of them are below 2 M₀ C(k - 1 + J, J) |q|^J.
        """
        coefficients = self._coefficients(place, _rounded_up(int(ctx.prec)), order)
        count = coefficients.length()
        rest = abs(coefficients[0]) * comb(order - 1 + count, count) * abs(q) ** count * 2
        error = arb(0, arb(rest.upper()))
        if isinstance(q, arb):
            return (coefficients(q) + error) / shift**order
        return (acb_poly(coefficients)(q) + acb(error, error)) / shift**order

    def _coefficients(self, place: int, bits: int, order: int) -> arb_poly:
        """C(k - 1 + j, j) Mⱼ."""
        key = (place, bits, order)
        if key not in self.series:
            with ctx.workprec(bits + 32):
                found = self._generating(place, bits).coeffs()
                factors = _factors(len(found), order)
                self.series[key] = arb_poly(
                    [value * factor for value, factor in zip(found, factors, strict=True)]
                )
        return self.series[key]

    def _generating(self, place: int, bits: int) -> arb_poly:
        """Σ Mⱼ tʲ/j! of a group: poles at x = s + rx' change it to exp(st) times that at rt."""
        key = (place, bits)
        if key not in self.moments:
            group = self.groups[place]
            bases = self._of_bases(bits)
            if group.halves is None or place in bases:
                self.moments[key] = bases[place]
            else:
                with ctx.workprec(bits + 32):
                    parts = [self._moved(half, group, bits) for half in group.halves]
                    self.moments[key] = parts[0] + parts[1]
        return self.moments[key]

    def _moved(self, half: int, group: Group, bits: int) -> arb_poly:
        """What a part gives about the middle of the whole."""
        own, count = self.groups[half], _count(bits)
        shift = arb((own.centre - group.centre) / group.radius)
        scaled = self._generating(half, bits)(arb_poly([0, arb(own.radius / group.radius)]))
        powers = accumulate(repeat(shift, count - 1), mul, initial=arb(1))
        outer = [a * b for a, b in zip(powers, _inverse_factorials(bits), strict=True)]
        return (scaled * arb_poly(outer)).truncate(count)

    def _of_bases(self, bits: int) -> dict[int, arb_poly]:
        """Σ Mⱼ tʲ/j! of the lowest groups."""
        if bits not in self.bases:
            with ctx.workprec(bits + 64):
                self.bases[bits] = {
                    place: self._summed(place, bits) for place in lowest(self.groups)
                }
        return self.bases[bits]

    def _summed(self, place: int, bits: int) -> arb_poly:
        """The same of one group: Σ pᵢ xᵢʲ is, at j = kl + m, an entry of a product of matrices.

        Rows pᵢ xᵢᵏˡ and columns xᵢᵐ are about √J each where there are J moments.
        """
        group, count = self.groups[place], _count(bits)
        own, width = slice(group.start, group.end), isqrt(count - 1) + 1
        radius = group.radius or fmpq(1)
        x = [arb((a - group.centre) / radius) for a in self.places[own]]
        low = [[arb(1)] * len(x)]
        for _ in range(width):
            low.append([value * factor for value, factor in zip(low[-1], x, strict=True)])
        step, high = low.pop(), [[arb(weight) for weight in self.weights[own]]]
        for _ in range((count - 1) // width):
            high.append([value * factor for value, factor in zip(high[-1], step, strict=True)])
        sums = (arb_mat(high) * arb_mat(low).transpose()).entries()[:count]
        return arb_poly([a * b for a, b in zip(sums, _inverse_factorials(bits), strict=True)])


def _count(bits: int) -> int:
    """How many moments are kept: two bits each at a distance of four radii."""
    return bits // 2 + 16


@lru_cache(maxsize=16)
def _inverse_factorials(bits: int) -> tuple[arb, ...]:
    """1/0!, 1/1!, …."""
    with ctx.workprec(bits + 64):
        return tuple(1 / arb(value) for value in _factorials(_count(bits)))


@lru_cache(maxsize=64)
def _factors(count: int, order: int) -> tuple[int, ...]:
    """C(k - 1 + j, j) j!."""
    return tuple(comb(order - 1 + j, j) * f for j, f in enumerate(_factorials(count)))


@lru_cache(maxsize=16)
def _factorials(count: int) -> tuple[int, ...]:
    """0!, 1!, …."""
    return tuple(accumulate(range(1, count), mul, initial=1))


def _rounded_up(bits: int) -> int:
    """Few different precisions, so that what they need is computed once."""
    level = _LEAST_BITS
    while level < bits:
        level *= 2
    return level


def _add(total: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
    """Add values at places that may be repeated."""
    count = len(total)
    real, imaginary = np.real(values), np.imag(values)
    total += np.bincount(places, real, count) + 1j * np.bincount(places, imaginary, count)


@final
@dataclass(frozen=True)
class PoleStep:
    """Σ pᵢ/(u - aᵢ)ᵏ as an instruction; steps of one table are equal if their orders are."""

    table: PoleTable
    order: int

    @property
    def derivative(self) -> PoleStep:
        """The sum of the next order; the derivative is -k times it."""
        return PoleStep(self.table, self.order + 1)

    def floats(self, u: Any) -> Any:
        """In float64."""
        with np.errstate(all="ignore"):  # a pole itself is infinite, as any quotient by 0
            return self.table.over_floats(u, lambda gap, _: power(1 / gap, self.order))

    def rounding(self, u: Any) -> Any:
        """What rounding the places, the weights and the terms changes, in units of rounding."""

        def size(gap: np.ndarray, place: np.ndarray) -> np.ndarray:
            inverse = 1 / np.abs(gap)
            return inverse**self.order * (8 + self.order * np.abs(place) * inverse)

        with np.errstate(all="ignore"):
            return np.abs(self.table.over_floats(u, size))

    def balls(self, u: acb) -> acb:
        """Over balls."""
        return self.table.over_balls(acb(u), self.order)


def power(value: np.ndarray, exponent: int) -> np.ndarray:
    """A small integer power by products: NumPy's complex powers are slow."""
    result = value
    for _ in range(exponent - 1):
        result = result * value
    return result
