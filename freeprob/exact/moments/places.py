"""Places of a uniformised curve: the physical one over z = ∞, and those over a real point.

A system that flattens to one unknown is a leaf once its place at infinity is known. Over a real
point outside the support the physical place is reached from infinity along a real arc on which z
has no critical point; isolating real roots decides which place that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import final

import sympy as sp
from flint import arb, fmpq, fmpz_poly

from freeprob.errors import BudgetExceededError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.algebra.door import Polynomial, Ring, constants, functions, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.isolation import isolated_roots
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.evaluation import evaluate
from freeprob.exact.moments.expansion import (
    leaf_moments,
    moment_field,
    moment_series,
    unknowns_at_infinity,
)
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.poles import expanded
from freeprob.exact.systems.system import Leaf, System, flatten

_COMPARED = 8


@lru_cache(maxsize=256)
def uniformised_leaf(system: System) -> Leaf | None:
    """The system as a leaf with one unknown v that vanishes like 1/z at infinity, if it is one."""
    try:
        curve = flatten(expanded(system))
    except BudgetExceededError:
        return None  # the rule of the operation says what is known without
    if not (curve.is_uniformised and curve.is_algebraic):
        return None
    (u,) = curve.unknowns
    v = sp.Dummy("v")
    field = moment_field(system, _COMPARED)
    expected = moment_series(system, _COMPARED, field)
    for place in [1 / v, *(root + v for root in _rational_poles(curve.z, u))]:
        z, G = (_expanded(entry.xreplace({u: place}), v) for entry in (curve.z, curve.G))
        leaf = _leaf_at(z, G, v)
        if leaf is not None and _agree(leaf_moments(leaf, _COMPARED, field), expected):
            return leaf
    return None


def _expanded(expression: sp.Expr, v: sp.Dummy) -> sp.Expr:
    """A quotient of expanded polynomials: on series, powers of v are shared by both."""
    symbols = ring([expression], first=[v])
    return symbols.quotient(symbols.fraction(expression))


def _agree(first: Series, second: Series) -> bool:
    gaps = (first.coefficient(k) - second.coefficient(k) for k in range(_COMPARED + 1))
    return all(first.field.is_zero(gap) for gap in gaps)


def _rational_poles(z: sp.Expr, u: sp.Dummy) -> list[sp.Expr]:
    """Poles of z that are rational in the parameters."""
    symbols = ring([z], first=[u])
    return [root for root, _ in _linear_roots(symbols, symbols.fraction(z).denominator)]


def _linear_roots(symbols: Ring, polynomial: Polynomial) -> list[tuple[sp.Expr, int]]:
    """Roots in the first generator that are rational in the others, with multiplicity."""
    roots = []
    for base, power in factorization(polynomial).powers:
        if base.degrees()[0] == 1:
            slope = base.derivative(0)
            constant = base - slope * symbols.context.gens()[0]
            roots.append((-symbols.expression(constant) / symbols.expression(slope), int(power)))
    return roots


def _leaf_at(z: sp.Expr, G: sp.Expr, v: sp.Dummy) -> Leaf | None:
    """The leaf at v = 0 if z has a simple pole there and zG = 1."""
    symbols = ring([z, G], first=[v])
    residue = _value_at_zero(symbols, z * v, v)
    if residue in (None, 0) or _value_at_zero(symbols, z * G, v) != 1:
        return None
    return Leaf((v,), z, G, LeadingTerms.of(lambda at: (residue / at,)))


def _value_at_zero(symbols: Ring, expression: sp.Expr, v: sp.Dummy) -> sp.Expr | None:
    """A rational expression at v = 0, None at a pole."""
    fraction = symbols.fraction(expression)
    bottom = fraction.denominator.subs({"x0": 0})
    if bottom.is_zero():
        return None
    top = fraction.numerator.subs({"x0": 0})
    return symbols.expression(top) / symbols.expression(bottom)


@final
@dataclass(frozen=True)
class RealPlace:
    """The physical place over a real point: the curve with its unknown w vanishing there.

    ``constants`` are irrational numbers in which the place is rational.
    """

    point: sp.Expr
    unknown: sp.Dummy
    z: sp.Expr
    G: sp.Expr
    constants: tuple[sp.Expr, ...]

    def cauchy(self, field: Field, terms: int) -> Series:
        """G(point + h) as a power series in h."""

        def constant(expression: sp.Expr) -> Series:
            return Series.constant(field, field.read(expression), terms + 2)

        t = Series.of(field, [field.integer(1), field.integer(0)], 1)
        (z,) = evaluate([self.z], {self.unknown: t}, constant)
        slope = field.write(z.coefficient(1))
        leads = LeadingTerms.of(lambda at: (1 / slope / at,))
        local = Leaf((self.unknown,), 1 / (self.z - self.point), self.G, leads)
        values = unknowns_at_infinity(local, field, terms)
        (G,) = evaluate([self.G], values, constant)
        return G


@final
@dataclass(frozen=True)
class ExplicitPlace:
    """A real point where G(point + h) is a function of h, real with all derivatives asked for."""

    point: sp.Expr
    increment: sp.Dummy
    G: sp.Expr

    @property
    def constants(self) -> tuple[sp.Expr, ...]:
        """Values of functions, such as logarithms, that the first terms contain."""
        terms = [self._term(0), self._term(1)]
        return (*constants(terms), *functions(terms))

    def cauchy(self, field: Field, terms: int) -> Series:
        """G(point + h) as a power series in h, by Taylor's formula.

        Raises
        ------
        NoClosedFormError
            If a term is not real and finite, as within the support.
        """
        return Series.of(field, [field.read(self._term(k)) for k in range(terms)])

    def _term(self, order: int) -> sp.Expr:
        value = self.G.diff(self.increment, order).xreplace({self.increment: sp.S.Zero})
        value = sp.expand(value / sp.factorial(order))
        if not (value.is_finite and value.is_real):
            raise _undecided(self.point, "G is not seen to be real and finite there")
        return value


def _explicit(system: System, point: sp.Expr) -> ExplicitPlace | None:
    """The place over a point where z is affine in the only unknown and G is no algebraic function.

    Such a G is given on the whole plane outside the support.
    """
    curve = flatten(system)
    if curve.is_algebraic or not curve.is_uniformised:
        return None
    (u,) = curve.unknowns
    slope, h = curve.z.diff(u), sp.Dummy("h")
    if slope.is_zero or slope.has(u):
        return None
    there = (point + h - curve.z.xreplace({u: sp.S.Zero})) / slope
    return ExplicitPlace(point, h, curve.G.xreplace({u: there}))


@lru_cache(maxsize=256)
def point_over(system: System, point: sp.Expr) -> RealPlace | ExplicitPlace:
    """The physical place over a real point outside the support.

    Raises
    ------
    NoClosedFormError
        If exact reasoning does not single out the place.
    UndefinedOperationError
        If the law has an atom at the point.
    """
    explicit = _explicit(system, point)
    if explicit is not None:
        return explicit
    leaf = uniformised_leaf(system)
    if leaf is None:
        raise _undecided(point, "the law has no rational parametrisation")
    # the coordinate 1/v is finite wherever z is, because v = 0 is the place over infinity
    (v,) = leaf.unknowns
    omega, w = sp.Dummy("omega"), sp.Dummy("w")
    z = leaf.z.xreplace({v: 1 / omega})
    if len(ring([z, point], first=[omega]).generators) > 1:
        root = _only_root(z, leaf.G.xreplace({v: 1 / omega}), omega, point)
    else:
        root = _root_on_real_arc(z, omega, point)
    z, G = (entry.xreplace({v: 1 / (root + w)}) for entry in (leaf.z, leaf.G))
    if _value_at_zero(ring([z, G], first=[w]), G, w) is None:
        raise UndefinedOperationError(f"the law has an atom at {point}: G has no expansion there")
    return RealPlace(point, w, z, G, () if root.is_Rational else (root,))


def _undecided(point: sp.Expr, reason: str) -> NoClosedFormError:
    return NoClosedFormError(
        f"the expansion of G around {point}, which the moments of this image of the law need, is "
        f"not determined exactly: {reason}; give values to the parameters, or use the numeric "
        "reading"
    )


def _only_root(z: sp.Expr, G: sp.Expr, omega: sp.Dummy, point: sp.Expr) -> sp.Expr:
    """The only place over the point with a finite G, where parameters leave no other choice."""
    symbols = ring([z, G, point], first=[omega])
    numerator = symbols.fraction(z - point).numerator
    roots = _linear_roots(symbols, numerator)
    w = sp.Dummy("w")
    finite = [
        root
        for root, _ in roots
        if _value_at_zero(ring([G, root], first=[w]), G.xreplace({omega: root + w}), w) is not None
    ]
    if len(finite) != 1 or sum(power for _, power in roots) < numerator.degrees()[0]:
        raise _undecided(point, "several places lie over it")
    return finite[0]


def _root_on_real_arc(z: sp.Expr, omega: sp.Dummy, point: sp.Expr) -> sp.Expr:
    """The first place over the point on the real arcs that leave infinity.

    G is meromorphic on the unbounded components of the complement of the support, with poles at
    atoms, so z runs monotonically along the image arc until its first critical point: the edge.
    """
    symbols = ring([z, point], first=[omega])
    fraction = symbols.fraction(z)
    top, bottom = _univariate(fraction.numerator), _univariate(fraction.denominator)
    target = _univariate(symbols.fraction(z - point).numerator)
    stop = (top.derivative() * bottom - top * bottom.derivative()) * bottom
    for side in (1, -1):
        marks = [side * root for root in _real_roots(stop)]
        goals = [side * root for root in _real_roots(target)]
        first = max(goals, key=_middle, default=None)
        if first is not None and all(first > mark for mark in marks):
            return _exact_root(target, side * first)
    raise _undecided(point, "it lies in no unbounded component of the complement of the support")


def _middle(enclosure: arb) -> fmpq:
    return enclosure.mid().fmpq()


def _univariate(polynomial: Polynomial) -> fmpz_poly:
    coefficients = [0] * (polynomial.degrees()[0] + 1)
    for (power, *_), value in polynomial.terms():
        coefficients[int(power)] = int(value)
    return fmpz_poly(coefficients)


def _real_roots(polynomial: fmpz_poly) -> list[arb]:
    """Certified enclosures of the distinct real roots."""
    return [root.real for root, _ in isolated_roots(polynomial) if root.imag == 0]


def _exact_root(polynomial: fmpz_poly, enclosure: arb) -> sp.Expr:
    """The root inside the enclosure as a number of least degree."""
    for base, _ in polynomial.factor()[1]:
        for index, root in enumerate(sorted(_real_roots(base), key=_middle)):
            if root.overlaps(enclosure):
                x = sp.Dummy("x")
                terms = (int(value) * x**k for k, value in enumerate(base.coeffs()))
                return sp.rootof(sp.Poly(sp.Add(*terms), x), index)
    raise AssertionError("a root of a polynomial is a root of one of its factors")
