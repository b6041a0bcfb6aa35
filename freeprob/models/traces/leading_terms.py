"""Leading coefficients in closed form, with a symbolic parameter regime by regime."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import sympy as sp
from flint import acb

from freeprob.errors import ConvergenceError, InvalidParameterError, NoClosedFormError
from freeprob.exact.algebra.door import Polynomial, Ring

if TYPE_CHECKING:
    from freeprob.models.traces.trace_limits import TraceLimit

Candidate = tuple[sp.Rational, Polynomial]

_LARGEST_DEGREE = 12
"""Of the equations whose roots SymPy isolates."""

_NEAR = 1e-12
"""Relative distance below which a root is the one meant: digits of both are known beyond."""


def closed_root(equation: Polynomial, own: Ring, value: acb) -> sp.Expr:
    """The root of an irreducible equation in the first generator that a ball holds.

    Raises
    ------
    NoClosedFormError
        If the equation is of degree 3 or more and its coefficients are not rational.
    """
    T = own.generators[0]
    written = sp.Poly(own.expression(equation), T)
    roots = _roots(written)
    number = complex(value)
    distances = [abs(complex(root.evalf(30)) - number) for root in roots]
    near = [k for k, d in enumerate(distances) if d <= _NEAR * max(abs(number), 1e-300)]
    if len(near) != 1:
        raise ConvergenceError("the leading coefficient was not told from other roots")
    return roots[near[0]]


def _roots(polynomial: sp.Poly) -> list[sp.Expr]:
    """All roots in closed form."""
    (T,) = polynomial.gens
    if polynomial.degree() == 1:
        a, b = polynomial.all_coeffs()
        return [sp.factor(-b / a)]
    if polynomial.degree() == 2:
        a, b, c = polynomial.all_coeffs()
        root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
        return [sp.radsimp((-b + sign * root) / (2 * a)) for sign in (1, -1)]
    if polynomial.degree() <= _LARGEST_DEGREE and all(c.is_Rational for c in polynomial.coeffs()):
        return [sp.CRootOf(polynomial.as_expr(), T, k) for k in range(polynomial.degree())]
    raise NoClosedFormError(
        f"the leading coefficient is a root of an equation of degree {polynomial.degree()}: "
        "limit.equation(u) has it, leading(dps=30) its digits, and values for parameters help"
    )


def symbolic_leading(
    limit: TraceLimit, candidates: tuple[Ring, Sequence[Candidate]]
) -> tuple[sp.Expr, sp.Expr]:
    """Exponent and coefficient in a symbolic parameter, which is positive.

    Between the values at which some candidate degenerates the physical one does not change: it is
    followed from one number in each interval.
    """
    if len(limit.parameters) > 1:
        raise InvalidParameterError(
            "regimes are told apart in one parameter, and here are "
            f"{', '.join(map(str, limit.parameters))}: give values to all but one by .subs"
        )
    parameter, (own, known) = next(iter(limit.parameters)), candidates
    found: list[tuple[sp.Expr, sp.Expr, sp.Expr]] = []
    walls = _walls(own, known, parameter)
    for low, high in zip([sp.S.Zero, *walls], [*walls, sp.oo], strict=True):
        middle = low + 1 if high is sp.oo else sp.nsimplify((low + high) / 2, rational=True)
        exponent, coefficient = _at(limit, own, known, parameter, middle)
        inside = sp.And(*([parameter > low] if low else []), *([parameter < high] if walls else []))
        found.append((exponent, coefficient, inside))
    return tuple(_pieces([(one[k], one[2]) for one in found]) for k in range(2))  # type: ignore


def _pieces(pairs: list[tuple[sp.Expr, sp.Expr]]) -> sp.Expr:
    """One value for all regimes, or a Piecewise."""
    first = pairs[0][0]
    return first if all(value == first for value, _ in pairs) else sp.Piecewise(*pairs)


def _walls(own: Ring, known: Sequence[Candidate], parameter: sp.Symbol) -> list[sp.Expr]:
    """Positive values of the parameter at which candidates vanish, grow infinite or meet."""
    T = own.generators[0]
    written = [sp.Poly(own.expression(equation), T) for _, equation in known]
    critical: list[sp.Expr] = []
    for polynomial in written:
        critical += [polynomial.LC(), polynomial.TC(), polynomial.discriminant()]
    for (one, p), (other, q) in combinations(zip(known, written, strict=True), 2):
        if one[0] == other[0]:
            critical.append(sp.resultant(p.as_expr(), q.as_expr(), T))
    found: set[sp.Expr] = set()
    for expression in critical:
        if expression.has(parameter):
            roots = sp.real_roots(sp.Poly(expression, parameter))
            found.update(root for root in roots if root.is_positive)
    return sorted(found)


def _at(
    limit: TraceLimit,
    own: Ring,
    known: Sequence[Candidate],
    parameter: sp.Symbol,
    number: sp.Rational,
) -> tuple[sp.Expr, sp.Expr]:
    """The candidate that holds at one value of the parameter, as a formula."""
    exponent, value = limit.subs({parameter: number}).leading(dps=30)
    T, found = own.generators[0], []
    for power, equation in known:
        if power != exponent:
            continue
        for root in _roots(sp.Poly(own.expression(equation), T)):
            there = complex(root.subs(parameter, number).evalf(30))
            if abs(there - complex(value)) <= _NEAR * abs(complex(value)):
                found.append(root)
    if len(found) != 1:
        raise ConvergenceError(
            f"no single formula gives the leading coefficient at {parameter} = {number}"
        )
    return exponent, found[0]
