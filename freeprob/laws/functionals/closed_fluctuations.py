"""Fluctuations of log-determinants as formulas: the covariance of resolvents at real points.

Cov(log det(x - M), log det(y - M)) is (2/β) L(x, y) + Q(x, y) itself, which is a formula where G
is one and the parts stand at functions of z and G.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.systems.second_order import SecondOrder, Side
from freeprob.laws.functionals.closed_expectations import outside
from freeprob.laws.functionals.integrands import Logarithm
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_PLACE = sp.Dummy("z", real=True)


def of_logarithms(
    law: Law,
    kernel: SecondOrder,
    f: Sequence[Logarithm],
    g: Sequence[Logarithm],
    beta: int,
    cumulant: sp.Expr,
) -> tuple[sp.Expr, sp.Expr]:
    """Mean shift of Σ f and covariance, where 0 of every logarithm is outside the support.

    Raises
    ------
    NoClosedFormError
        If G is no formula there, or a part stands elsewhere than at functions of z and G.
    """
    for log in (*f, *g):
        _side_of(law, _zero_of(log))
    covariance = sp.S.Zero
    for one in f:
        for other in g:
            x, y = (_zero_of(log) for log in (one, other))
            value = sp.Rational(2, beta) * _log(_exponential(law, kernel, x, y))
            value += cumulant * _powers(law, kernel, x, y)
            covariance += one.factor * other.factor * value
    shift = sp.S.Zero
    for one in f:
        x = _zero_of(one)
        value = (sp.Rational(2, beta) - 1) * _log(_exponential(law, kernel, x, x))
        value += cumulant * _powers(law, kernel, x, x)
        shift -= one.factor * value / 2
    return shift, covariance


def _zero_of(log: Logarithm) -> sp.Expr:
    return -log.shift / log.slope


def _log(value: sp.Expr) -> sp.Expr:
    """The logarithm of a positive number."""
    return sp.log(_reduced(value))


def _reduced(value: sp.Expr) -> sp.Expr:
    """A rational expression in one square root r as a + br."""
    roots = [power for power in value.atoms(sp.Pow) if power.exp == sp.S.Half]
    roots += [1 / power for power in value.atoms(sp.Pow) if power.exp == -sp.S.Half]
    if len(set(roots)) != 1:
        return sp.radsimp(sp.simplify(value))
    root, r = roots[0], sp.Dummy("r")
    top, bottom = (
        sp.Poly(part, r).rem(sp.Poly(r**2 - root.base, r))
        for part in sp.fraction(sp.together(value.subs(root, r)))
    )
    turned = sp.Poly(bottom.nth(0) - bottom.nth(1) * r, r)
    above = (top * turned).rem(sp.Poly(r**2 - root.base, r))
    below = bottom.nth(0) ** 2 - root.base * bottom.nth(1) ** 2
    if sp.expand(below) == 0:
        raise NoClosedFormError(f"the formula of G needs the sign of {root}")
    plain, rest = (sp.factor(sp.cancel(above.nth(k) / below)) for k in (0, 1))
    return plain + rest * root


def _exponential(law: Law, kernel: SecondOrder, x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """The exponential of L(x, y), 1 where a point is ∞."""
    total = sp.S.One
    for above, below, times in kernel.ratios:
        total *= (_ratio(law, above, below, x, y) / _at_infinity(law, above, below)) ** times
    return total


def _powers(law: Law, kernel: SecondOrder, x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Q(x, y)."""
    terms = (
        square.factor * _ratio(law, square.above, square.below, x, y) ** square.power
        for square in kernel.squares or ()
    )
    return sp.simplify(sp.Add(*terms))


def _ratio(law: Law, above: Side, below: Side, x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Δabove/Δbelow, the ratio of derivatives where x = y."""
    sides = (above, below)
    if sp.simplify(x - y) == 0:
        side, variable = _side_of(law, x), _PLACE
        top, bottom = (sp.diff(_function(law, one, side), variable) for one in sides)
        return _at(top / bottom, x)
    top, bottom = (_value(law, one, x) - _value(law, one, y) for one in sides)
    return top / bottom


def _value(law: Law, side: Side, at: sp.Expr) -> sp.Expr:
    return _at(_function(law, side, _side_of(law, at)), at)


def _at(function: sp.Expr, place: sp.Expr) -> sp.Expr:
    """A function at a place, by its limit where the formula divides 0 by 0."""
    value = function.subs(_PLACE, place)
    if value.has(sp.nan, sp.zoo):
        value = sp.limit(function, _PLACE, place)
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise NoClosedFormError(f"the formula of G does not tell its value at {place}")
    return value


@lru_cache(maxsize=256)
def _function(law: Law, side: Side, half: sp.Expr) -> sp.Expr:
    """A function of a part's point as one of z, right (1) or left (-1) of the support."""
    value = outside(law, _PLACE, half)
    if value is None:
        raise NoClosedFormError("G is no formula")
    z, G = side.at.point
    return _of_root(side).xreplace({z: _PLACE, G: value})


def _of_root(side: Side) -> sp.Expr:
    """A function of a part's point as one of the whole law's, where it is given so."""
    if side.at.above is None:
        return side.value
    raise NoClosedFormError("parts stand at places that are no formulas")


def _at_infinity(law: Law, above: Side, below: Side) -> sp.Expr:
    """The ratio of leading coefficients at infinity."""
    t = sp.Dummy("t")
    m1, m2 = law.moments(2)
    G = t + m1 * t**2 + m2 * t**3
    leads = []
    for side in (above, below):
        z, value = side.at.point
        leads.append(sp.limit(sp.cancel(_of_root(side).xreplace({z: 1 / t, value: G}) * t), t, 0))
    return leads[0] / leads[1]


def _side_of(law: Law, at: sp.Expr) -> sp.Expr:
    """On which side of the support a point lies.

    Raises
    ------
    NoClosedFormError
        If it is not beyond the support, or that is not known.
    """
    side = sp.sign(at - law.moments(1)[0])
    if side not in (1, -1):
        raise NoClosedFormError(f"the side of the support on which {at} lies is not known")
    if not (law.parameters or at.free_symbols):
        place = float(at)
        if any(side * (place - end) <= 0 for end in _ends(law)):
            raise NoClosedFormError(f"{at} does not lie beyond the support")
    return side


def _ends(law: Law) -> Iterator[float]:
    for cut in cuts_of(law):
        yield from (end.location[0] for end in cut.ends)
    yield from (atom.location for atom in atoms_of(law))
