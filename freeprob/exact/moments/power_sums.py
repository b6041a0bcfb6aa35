"""Power sums of eigenvalues to second order: exact covariances, and the shifts of their means.

L(1/u, 1/v) and Q(1/u, 1/v) are power series, and Cov(Tr Mⁱ, Tr Mʲ) = ij [uⁱvʲ] of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import sympy as sp

from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.exact.algebra.field_choice import field_of
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.series import Series, lagrange
from freeprob.exact.moments.evaluation import evaluate
from freeprob.exact.moments.expansion import moment_generators, moment_series
from freeprob.exact.systems.operation import Known, Point
from freeprob.exact.systems.second_order import SecondOrder, Side, Stand

_MORE = 4  # terms that poles and derivatives cost

_ELSEWHERE = (
    "covariances of power sums are exact where the parts of a law stand at places that grow like "
    "z; ask for numbers"
)

Table = list[list[Element]]  # coefficients of uⁱvʲ


@final
@dataclass(frozen=True)
class PowerSums:
    """Covariances and mean shifts of power sums up to an order.

    Parameters
    ----------
    order
        The highest power.
    own
        Cov(Tr Mⁱ, Tr Mʲ) for β = 2 without a fourth cumulant, i, j from 1.
    quartic
        What each unit of the fourth cumulant adds; None where that is not known.
    shift
        What the mean of Tr Mⁱ is off in real matrices without a fourth cumulant.
    quartic_shift
        What each unit of it adds, for any β.
    """

    order: int
    own: tuple[tuple[sp.Expr, ...], ...]
    quartic: tuple[tuple[sp.Expr, ...], ...] | None
    shift: tuple[sp.Expr, ...]
    quartic_shift: tuple[sp.Expr, ...] | None


@lru_cache(maxsize=256)
def power_sums(kernel: SecondOrder, root: Stand, order: int) -> PowerSums:
    """Expand a law's second order at infinity.

    Raises
    ------
    NoClosedFormError
        If a part stands at a place that moments do not tell.
    UndefinedOperationError
        If the law or a part has no moments.
    """
    expansion = _Expansion(kernel, root, order)
    expansion.point(root)
    field, size = expansion.field, order + 1
    logs = _zeros(field, size)
    for ratio in kernel.ratios:
        term = _log(field, expansion.quotient(ratio.above, ratio.below))
        _add(logs, term, field.integer(ratio.times))
    squares = None
    if kernel.squares is not None:
        squares = _zeros(field, size)
        for square in kernel.squares:
            base = expansion.quotient(square.above, square.below)
            term = base
            for _ in range(square.power - 1):
                term = _product(field, term, base)
            _add(squares, term, field.read(square.factor))
    return PowerSums(
        order,
        expansion.covariances(logs),
        None if squares is None else expansion.covariances(squares),
        expansion.shifts([expansion.slope_log(*ratio) for ratio in kernel.ratios]),
        None if squares is None else expansion.diagonal(squares),
    )


@final
@dataclass(frozen=True)
class _Expansion:
    """Points of parts as Laurent series in t = 1/z."""

    kernel: SecondOrder
    root: Stand
    order: int

    @property
    def terms(self) -> int:
        return 2 * self.order + _MORE

    @cached_property
    def field(self) -> Field:
        """ℚ(parameters, constants of the moments)."""
        factors = [square.factor for square in self.kernel.squares or ()]
        above = [stand.above[1] for stand in self._stands if stand.above is not None]
        charts = [side for chart in above for side in (chart.value, chart.ratio)]
        sides = [side.value for pair in self._pairs for side in pair]
        bound = {symbol for stand in self._stands for symbol in stand.point}
        constants: list[sp.Expr] = []
        for stand in self._stands:
            constants += moment_generators(stand.system, self.terms)
        return field_of([*factors, *charts, *sides, *constants], bound)

    @property
    def _pairs(self) -> list[tuple[Side, Side]]:
        entries = [*self.kernel.ratios, *(self.kernel.squares or ())]
        return [(entry.above, entry.below) for entry in entries]

    @cached_property
    def _stands(self) -> list[Stand]:
        found: dict[Stand, None] = {self.root: None}
        for pair in self._pairs:
            for side in pair:
                stand = side.at
                while stand is not None:
                    found[stand] = None
                    stand = None if stand.above is None else stand.above[0]
        return list(found)

    @cached_property
    def _known(self) -> dict[Stand, Point]:
        return {}

    def point(self, stand: Stand) -> Point:
        """A part's argument and G there."""
        if stand not in self._known:
            self._known[stand] = self._point(stand)
        return self._known[stand]

    def _point(self, stand: Stand) -> Point:
        M = moment_series(stand.system, self.terms, self.field)
        if any(self.field.write(M.coefficient(k)).has(sp.I) for k in range(M.end)):
            raise UndefinedOperationError(
                "power sums need moments, and zG(z) of the law, or of a part of it, has no real "
                "expansion at infinity: fluctuations are known for laws of bounded support"
            )
        if stand.above is None:
            return Point(Series.of(self.field, self._units(1), -1), M.shifted(1))
        at, chart = stand.above
        value = self.value(Side(at, chart.value)).normalised()
        if chart.known is Known.ARGUMENT:
            inverse = value.inverse().normalised()
        elif chart.known is Known.CAUCHY:
            inverse = lagrange(M.inverse()).compose(value)
        elif chart.known is Known.RECTANGULAR:
            # h = t T(ψ(t)), T(ψ) = M (1 + λ(M - 1)), so t = h/T
            unit = Series.constant(self.field, self.field.integer(1), M.end)
            two_sided = M * (unit + (M - unit).scaled(self.field.read(chart.ratio)))
            inverse = lagrange(two_sided.inverse()).compose(value)
        else:
            psi = M - Series.constant(self.field, self.field.integer(1), M.end)
            per = psi.normalised()
            if per.valuation != 1:
                raise NoClosedFormError(
                    "covariances of power sums of a product with a factor of mean 0 are known as "
                    "numbers only"
                )
            inverse = lagrange(per.shifted(-1).inverse()).compose(value)
        return Point(inverse.inverse(), M.shifted(1).compose(inverse))

    def _units(self, lead: int) -> list[Element]:
        zero = self.field.integer(0)
        return [self.field.integer(lead), *[zero] * self.terms]

    def value(self, side: Side) -> Series:
        """A function of a part's point."""

        def constant(expression: sp.Expr) -> Series:
            return Series.constant(self.field, self.field.read(expression), self.terms)

        own = dict(zip(side.at.point, self.point(side.at), strict=True))
        (series,) = evaluate([side.value], own, constant)
        return series.normalised()

    def quotient(self, above: Side, below: Side) -> Table:
        """Δabove/Δbelow, where it matters by its mixed terms alone."""
        top, bottom = (
            _divided(self.field, self.value(side), self.order) for side in (above, below)
        )
        if self.field.is_zero(bottom[0][0]):
            raise NoClosedFormError(_ELSEWHERE)
        return _product(self.field, top, _inverse(self.field, bottom))

    def slope_log(self, above: Side, below: Side, times: int) -> Series:
        """Log of d above/d below over its value at infinity, with its multiplicity."""
        top, bottom = (_slope(self.value(side)) for side in (above, below))
        ratio = (top / bottom).normalised()
        lead = ratio.coefficient(ratio.valuation)
        unit = ratio.scaled(self.field.integer(1) / lead)
        return unit.log().scaled(self.field.integer(times))

    def covariances(self, table: Table) -> tuple[tuple[sp.Expr, ...], ...]:
        """The coefficients times ij."""
        write, integer = self.field.write, self.field.integer
        orders = range(1, self.order + 1)
        return tuple(tuple(write(table[i][j] * integer(i * j)) for j in orders) for i in orders)

    def shifts(self, logs: Sequence[Series]) -> tuple[sp.Expr, ...]:
        """From -L(z, z)/2 = -Σ shift_k/(k zᵏ)."""
        half = self.field.integer(1) / self.field.integer(2)
        total = [
            sum((log.coefficient(k) for log in logs), self.field.integer(0))
            for k in range(1, self.order + 1)
        ]
        write, integer = self.field.write, self.field.integer
        return tuple(write(value * half * integer(k)) for k, value in enumerate(total, start=1))

    def diagonal(self, table: Table) -> tuple[sp.Expr, ...]:
        """The same for Q."""
        half = self.field.integer(1) / self.field.integer(2)
        found = []
        for k in range(1, self.order + 1):
            total = sum((table[i][k - i] for i in range(k + 1)), self.field.integer(0))
            found.append(self.field.write(total * half * self.field.integer(k)))
        return tuple(found)


def _slope(series: Series) -> Series:
    """d/dt of a Laurent series."""
    low = series.valuation
    values = [series.coefficient(k) * series.field.integer(k) for k in range(low, series.end)]
    return Series.of(series.field, values, low - 1).normalised()


def _divided(field: Field, series: Series, order: int) -> Table:
    """(e(u) - e(v))/(1/u - 1/v), with a simple pole or none at 0.

    For uᵏ it is -uv (uᵏ⁻¹ + uᵏ⁻²v + … + vᵏ⁻¹), and for 1/u it is 1.
    """
    if series.valuation < -1:
        raise NoClosedFormError(_ELSEWHERE)
    table = _zeros(field, order + 1)
    if series.valuation == -1:
        table[0][0] = series.coefficient(-1)
    for k in range(1, 2 * order):
        value = -series.coefficient(k)
        for i in range(max(1, k + 1 - order), min(k, order) + 1):
            table[i][k + 1 - i] = table[i][k + 1 - i] + value
    return table


def _zeros(field: Field, size: int) -> Table:
    return [[field.integer(0)] * size for _ in range(size)]


def _add(total: Table, term: Table, factor: Element) -> None:
    for row, other in zip(total, term, strict=True):
        for j, value in enumerate(other):
            row[j] = row[j] + value * factor


def _product(field: Field, one: Table, other: Table) -> Table:
    return _filled(field, len(one), lambda i, j, _: _convolved(field, one, other, i, j))


def _inverse(field: Field, table: Table) -> Table:
    lead = field.integer(1) / table[0][0]

    def entry(i: int, j: int, known: Table) -> Element:
        if i == j == 0:
            return lead
        # the entry itself still stands as 0
        return -_convolved(field, table, known, i, j) * lead

    return _filled(field, len(table), entry)


def _log(field: Field, table: Table) -> Table:
    """Mixed terms of the logarithm: A u ∂L/∂u = u ∂A/∂u."""
    lead = field.integer(1) / table[0][0]

    def entry(i: int, j: int, known: Table) -> Element:
        if i == 0:
            return field.integer(0)
        total = table[i][j] * field.integer(i)
        for a in range(i + 1):
            for b in range(j + 1):
                if (a, b) != (0, 0) and a < i:
                    total = total - table[a][b] * known[i - a][j - b] * field.integer(i - a)
        return total * lead / field.integer(i)

    return _filled(field, len(table), entry)


def _filled(field: Field, size: int, entry: Callable[[int, int, Table], Element]) -> Table:
    table = _zeros(field, size)
    for i in range(size):
        for j in range(size):
            table[i][j] = entry(i, j, table)
    return table


def _convolved(field: Field, one: Table, other: Table, i: int, j: int) -> Element:
    total = zero = field.integer(0)
    for a in range(i + 1):
        for b in range(j + 1):
            # told by sight: to decide of sums of constants costs more than a product
            if one[a][b] != zero:
                total = total + one[a][b] * other[i - a][j - b]
    return total
