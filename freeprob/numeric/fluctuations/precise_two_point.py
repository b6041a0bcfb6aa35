"""Fluctuations of sums over eigenvalues to digits: the rule of ``two_point`` in ball arithmetic.

On the panels that float64 found Gauss's rule converges like a power of its order; the order is
raised until two answers agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import pi
from typing import NamedTuple, final

from flint import acb, arb, ctx, fmpq

from freeprob.errors import BudgetExceededError, ConvergenceError
from freeprob.numeric.branch.functions import BranchFunction, Reading
from freeprob.numeric.distributions.cuts import Cut
from freeprob.numeric.fluctuations.circles import ROUGH, Grid
from freeprob.numeric.fluctuations.curve_kernel import CurveKernel, Expression
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place

_GUARD = 64  # bits for sums and differences of neighbours
_PER_DIGIT = 0.6  # nodes on a panel: float64's panels give 16 digits with fewer than 12
_LEAST, _MORE, _RAISED = 10, 5, 3
_FIRST, _LARGEST = 32, 1024  # Chebyshev points of a function
_MOST_NODES = 800  # of which pairs take half a minute
_HALVINGS = 40  # panels end at multiples of π/2^40

Function = Callable[[arb], arb]


class _Points(NamedTuple):
    """Nodes on one upper half circle: angles over π, weights of dθ, places, functions there."""

    turns: list[arb]
    weights: list[arb]
    readings: list[list[Reading]]


@final
@dataclass(frozen=True)
class PreciseSums:
    """Covariances and shifts for one kernel.

    Parameters
    ----------
    kernel
        L and Q.
    factors
        The exact factors of Q's terms.
    cuts
        The cuts of the law.
    grid
        Panels that resolve the kernel.
    """

    kernel: CurveKernel
    factors: tuple[Place, ...]
    cuts: tuple[Cut, ...] = field(compare=False)
    grid: Grid = field(compare=False)

    def covariance(self, f: Function, g: Function, beta: int, cumulant: Place, dps: int) -> arb:
        """The covariance, to digits behind the point.

        Raises
        ------
        ConvergenceError
            If the rule does not settle.
        """

        def value(order: int, bits: int) -> arb:
            left, right = ([self._cosines(h, cut, dps, bits) for cut in self.cuts] for h in (f, g))
            return self._covariance(left, right, beta, cumulant, order, bits)

        self._require_few(dps)
        return _settled(value, dps)

    def _require_few(self, dps: int) -> None:
        """Refuse a kernel with so many panels that pairs of their nodes would take minutes.

        Raises
        ------
        BudgetExceededError
            If it has.
        """
        nodes = (_LEAST + int(_PER_DIGIT * dps)) * sum(map(len, self.grid.panels))
        if nodes > _MOST_NODES:
            raise BudgetExceededError(
                f"{dps} digits of this fluctuation take {nodes} nodes, as branch points are near "
                "the cuts: ask for fewer digits or float64, or for polynomials, which are exact"
            )

    def shift(self, f: Function, beta: int, cumulant: Place, dps: int) -> arb:
        """What the mean of Σ f is off."""

        def value(order: int, bits: int) -> arb:
            own = [self._cosines(f, cut, dps, bits) for cut in self.cuts]
            return self._shift(own, beta, cumulant, order, bits)

        return _settled(value, dps)

    def _cosines(self, f: Function, cut: Cut, dps: int, bits: int) -> list[arb]:
        """The f_k of f = Σ f_k cos kθ on a cut, as many as count.

        Raises
        ------
        ConvergenceError
            If they do not decay.
        """
        low, high = cut.left.at(bits), cut.right.at(bits)
        size = _FIRST
        while size <= _LARGEST:
            table = [arb(fmpq(k, 2 * size)).cos_pi() for k in range(4 * size)]
            places = [(low + high) / 2 + (high - low) / 2 * table[2 * j + 1] for j in range(size)]
            values = [f(x.mid()) for x in places]
            if not all(value.is_finite() for value in values):
                break
            found = [_cosine(values, table, k) for k in range(size)]
            if all(abs(c) * size < arb(10) ** (-dps - 2) for c in found[-size // 8 :]):
                return found
            size *= 2
        raise ConvergenceError(ROUGH)

    def _covariance(
        self,
        f: Sequence[list[arb]],
        g: Sequence[list[arb]],
        beta: int,
        cumulant: Place,
        order: int,
        bits: int,
    ) -> arb:
        n, total, kappa = len(self.cuts), arb(0), cumulant().real
        one, other = (
            [_points(self, i, size, bits) for i in range(n)] for size in (order, order + 1)
        )
        left, right = (
            [_slopes(c, points) for c, points in zip(h, all_points, strict=True)]
            for h, all_points in ((f, one), (g, other))
        )
        scale = arb(2) / beta
        for a in range(n):
            pairs = enumerate(zip(f[a], g[a], strict=False))
            total += scale / 4 * sum((k * x * y for k, (x, y) in pairs), arb(0))
            for b in range(n):
                kernel = self._kernel(one[a], other[b], a == b, scale, kappa)
                rows = (
                    slope * sum((s * t for s, t in zip(row, right[b], strict=True)), arb(0))
                    for slope, row in zip(left[a], kernel, strict=True)
                )
                total -= sum(rows, arb(0)) / (2 * arb.pi() ** 2)
        return total

    def _kernel(
        self, one: _Points, other: _Points, same: bool, scale: arb, kappa: arb
    ) -> list[list[arb]]:
        """(2/β) S + κ Re Q at (θ, φ), less the same at (θ, -φ)."""
        rows = [[arb(1)] * len(other.turns) for _ in one.turns]
        for term in self.kernel.logs:
            for function, sign in ((term.above, term.times), (term.below, -term.times)):
                self._multiply(rows, one, other, function, sign)
        for row, s in zip(rows, one.turns, strict=True):
            for j, t in enumerate(other.turns):
                if same:
                    row[j] *= (((s + t) / 2).sin_pi() / ((s - t) / 2).sin_pi()) ** 2
                row[j] = scale * row[j].log() / 2
        if kappa != 0:
            self._add_powers(rows, one, other, kappa)
        return rows

    def _multiply(
        self, rows: list[list[arb]], one: _Points, other: _Points, function: Expression, sign: int
    ) -> None:
        """Multiply by |e(x + i0) - e(y + i0)|² over that with y - i0, to a power."""
        index = self.kernel.functions.index(function)
        second = [reading.value.mid() for reading in other.readings[index]]
        for row, reading in zip(rows, one.readings[index], strict=True):
            x = reading.value.mid()
            for j, y in enumerate(second):
                real = (x.real - y.real) ** 2
                upper, lower = real + (x.imag - y.imag) ** 2, real + (x.imag + y.imag) ** 2
                row[j] = (row[j] * (upper / lower) ** sign).mid()

    def _add_powers(self, rows: list[list[arb]], one: _Points, other: _Points, kappa: arb) -> None:
        for term, factor in zip(self.kernel.powers, self.factors, strict=True):
            sides = [self.kernel.functions.index(side) for side in (term.above, term.below)]
            weight = kappa * factor().real
            first, second = (
                [[reading.value.mid() for reading in points.readings[i]] for i in sides]
                for points in (one, other)
            )
            for i, row in enumerate(rows):
                for j in range(len(row)):
                    top, bottom = (x[i] - y[j] for x, y in zip(first, second, strict=True))
                    upper = (top / bottom) ** term.power
                    top, bottom = (
                        x[i] - y[j].conjugate() for x, y in zip(first, second, strict=True)
                    )
                    row[j] += (weight * (upper - (top / bottom) ** term.power).real).mid()

    def _shift(
        self, f: Sequence[list[arb]], beta: int, cumulant: Place, order: int, bits: int
    ) -> arb:
        total, scale = arb(0), arb(2) / beta - 1
        for i, own in enumerate(f):
            points = _points(self, i, order, bits)
            total += scale / 2 * sum(own[2::2], arb(0))
            phases = self._phases(points, scale, cumulant().real)
            slopes = _slopes(own, points)
            total += sum((p * s for p, s in zip(phases, slopes, strict=True)), arb(0)) / (
                2 * arb.pi()
            )
        return total

    def _phases(self, points: _Points, scale: arb, kappa: arb) -> list[arb]:
        """Im of L(z, z) without the ends of the cut, and of Q(z, z), times their factors."""
        phases: list[arb] = []
        for k, turn in enumerate(points.turns):
            value = 1 - (acb(0, -2 * turn) * acb.pi()).exp()
            for term in self.kernel.logs:
                value *= self._slope(points, k, term.above, term.below) ** term.times
            phase = value.arg()
            # neighbours are less than half a turn apart, and an end's phase is a multiple of π
            before, step = (phases[-1], 2 * arb.pi()) if phases else (arb(0), arb.pi())
            phase -= step * round(float(((phase - before) / step).mid()))
            phases.append(phase.mid())
        total = [scale * phase for phase in phases]
        if kappa != 0:
            for term, factor in zip(self.kernel.powers, self.factors, strict=True):
                for k in range(len(total)):
                    ratio = self._slope(points, k, term.above, term.below)
                    total[k] += kappa * factor().real * (ratio**term.power).imag
        return total

    def _slope(self, points: _Points, k: int, above: Expression, below: Expression) -> acb:
        top, bottom = (self.kernel.functions.index(function) for function in (above, below))
        return points.readings[top][k].slope.mid() / points.readings[bottom][k].slope.mid()


def _settled(value: Callable[[int, int], arb], dps: int) -> arb:
    """The answer of an order of the rule that a higher one confirms."""
    bits, order = bits_of(dps) + _GUARD, _LEAST + int(_PER_DIGIT * dps)
    with ctx.workprec(bits):
        known = value(order, bits)
        for _ in range(_RAISED):
            order += _MORE + order // 4
            before, known = known, value(order, bits)
            if abs(known - before) < arb(10) ** -dps:
                return known.mid()
    raise ConvergenceError(
        f"{dps} digits of the fluctuation were not confirmed: an end of the support is no square "
        "root, or complex branch points are near it; ask for float64"
    )


@lru_cache(maxsize=64)
def _points(sums: PreciseSums, index: int, order: int, bits: int) -> _Points:
    """Nodes on one circle with the functions read there."""
    cut = sums.cuts[index]
    low, high = cut.left.at(bits), cut.right.at(bits)
    functions = [BranchFunction(sums.kernel.system, f) for f in sums.kernel.functions]
    rule = [arb.legendre_p_root(order, k, weight=True) for k in reversed(range(order))]
    turns: list[arb] = []
    weights: list[arb] = []
    rows: list[list[Reading]] = [[] for _ in functions]
    unit = 2**_HALVINGS
    for panel in sums.grid.panels[index]:
        a, b = (fmpq(round(end / pi * unit), unit) for end in panel)
        for node, weight in rule:
            turn = (arb(a + b) / 2 + arb(b - a) / 2 * node).mid()
            turns.append(turn)
            weights.append((weight * arb(b - a) / 2 * arb.pi()).mid())
            x = low + (high - low) * (turn / 2).cos_pi() ** 2
            place = Place(x.mid().fmpq())
            for row, function in zip(rows, functions, strict=True):
                row.append(function.reading(place, bits))
    return _Points(turns, weights, rows)


def _cosine(values: list[arb], table: list[arb], k: int) -> arb:
    """A coefficient from values at the angles π (j + 1/2)/n; ``table`` holds cos πm/(2n)."""
    size = len(values)
    terms = (v * table[k * (2 * j + 1) % (4 * size)] for j, v in enumerate(values))
    return (sum(terms, arb(0)) * (2 if k else 1) / size).mid()


def _slopes(coefficients: Sequence[arb], points: _Points) -> list[arb]:
    """df/dθ = -Σ k f_k sin kθ at the nodes, times the weights, by Clenshaw's recurrence."""
    found = []
    for turn, weight in zip(points.turns, points.weights, strict=True):
        twice, one, two = 2 * turn.cos_pi(), arb(0), arb(0)
        for k in range(len(coefficients) - 1, 0, -1):
            one, two = (k * coefficients[k] + twice * one - two).mid(), one
        found.append((-one * turn.sin_pi() * weight).mid())
    return found
