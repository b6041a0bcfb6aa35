"""Limits of traces in a parameter, such as ridgeless ones: powers and coefficients, proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, final

import sympy as sp
from flint import acb, acb_poly, ctx, fmpq

from freeprob.errors import ConvergenceError, NotAlgebraicError, UndefinedOperationError
from freeprob.exact.algebra.costs import DEFAULT_BUDGET
from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, ring, to_fmpq, to_rational
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.fields import FunctionField
from freeprob.exact.algebra.newton_polygon import edges
from freeprob.exact.algebra.polynomials import depends_on, primitive_in
from freeprob.exact.algebra.tower import eliminated
from freeprob.models.letters.values import read_values
from freeprob.models.traces.leading_terms import closed_root, symbolic_leading
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of, to_mpc, to_mpf
from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.balls import BALLS
from freeprob.numeric.stepping.puiseux import Disc, arrival, roots_of
from freeprob.parameters import digits
from freeprob.tables import Tabled

if TYPE_CHECKING:
    from freeprob.models.traces.traces import TraceEquivalent

_BITS = 192
_GUARD = 32
_ATTEMPTS = 6


class _Leading(NamedTuple):
    """T = c tʳ + …: r, the irreducible equation of c with its ring, a disc that isolates c."""

    exponent: fmpq
    ring: Ring
    equation: Polynomial
    disc: Disc


@final
@dataclass(frozen=True)
class TraceLimit(Tabled):
    """A trace as a parameter falls to a point; build it with ``trace.limit(symbol, point)``.

    The unknowns are eliminated, the Newton polygon of P(tr, t) at t = symbol - point → 0 gives all
    leading terms c tʳ, and the solution is followed down to the one it has.

    Parameters
    ----------
    trace
        The trace.
    symbol, point
        The parameter and the value that it falls to.

    Source: Puiseux 1850.
    """

    trace: TraceEquivalent
    symbol: sp.Symbol
    point: sp.Expr

    def __reduce__(self) -> tuple:
        return TraceLimit, (self.trace, self.symbol, self.point)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols that need values before there are numbers."""
        free = {*self.trace.parameters, *self.point.free_symbols} - {self.symbol}
        return tuple(sorted(free, key=sp.default_sort_key))

    def subs(self, *values: object) -> TraceLimit:
        """The same limit with values for parameters."""
        known = read_values(values)
        known.pop(self.symbol, None)
        return TraceLimit(self.trace.subs(known), self.symbol, self.point.xreplace(known))

    xreplace = subs

    def leading(self, dps: int | None = None) -> tuple[sp.Expr, Any]:
        """(r, c) with the trace c (symbol - point)ʳ to leading order.

        Exact without ``dps``: with one symbolic parameter a formula, ``Piecewise`` where regimes
        differ; roots of equations of degree 3 or more as ``CRootOf``.

        Raises
        ------
        InvalidParameterError
            With several symbolic parameters, or digits asked for a symbolic one.
        NoClosedFormError
            If the coefficient has no closed form; ``equation`` has its equation, dps= its digits.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c = sp.symbols("N gamma", positive=True)
        >>> X = Ginibre("X", N, N / 2, 2 / N)
        >>> trace = normalized_trace((X * X.T + c * sp.Identity(N)).inverse())
        >>> trace.limit(c, 0).leading()
        (-1, 1/2)
        >>> Y = Ginibre("Y", 3 * N, N, 1 / (3 * N))
        >>> normalized_trace((Y.T * Y + c * sp.Identity(N)).inverse()).limit(c).leading()
        (0, 3/2)
        """
        wanted = digits(dps)
        if wanted is not None:
            return self._numeric(wanted)
        if self.parameters:
            return symbolic_leading(self, _candidates(self.trace.system, self.symbol, self.point))
        found = self._leading
        value = self._root(_GUARD + 64)
        return to_rational(found.exponent), closed_root(found.equation, found.ring, value)

    @property
    def expression(self) -> sp.Expr:
        """The limit as a formula, ``Piecewise`` where regimes differ, infinite where it grows.

        Errors as :meth:`leading`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c, t = sp.symbols("N c t", positive=True)
        >>> X = Ginibre("X", N, N / c, c / N)
        >>> trace = normalized_trace(t * (X * X.T + t * sp.Identity(N)).inverse())
        >>> trace.limit(t, 0).expression
        Piecewise((0, c < 1), ((c - 1)/c, c > 1))
        """
        exponent, coefficient = self.leading()
        if not isinstance(exponent, sp.Piecewise):
            if not isinstance(coefficient, sp.Piecewise):
                return _limit(exponent, coefficient)
            pieces = [(_limit(exponent, value, where), where) for value, where in coefficient.args]
            return sp.Piecewise(*pieces)
        return sp.Piecewise(
            *(
                (_limit(power, _on(coefficient, where), where), where)
                for power, where in exponent.args
            )
        )

    @property
    def exponent(self) -> sp.Rational:
        """The leading power."""
        return to_rational(self._leading.exponent)

    def _numeric(self, dps: int | None) -> tuple[sp.Rational, Any]:
        """The exponent, and the coefficient as a number."""
        value = self._root(bits_of(dps or FLOAT_DIGITS) + _GUARD)
        return to_rational(self._leading.exponent), _number(value, dps)

    def _root(self, needed: int) -> acb:
        """The leading coefficient to that many bits."""
        found = self._leading
        bits = 2 * needed
        for _ in range(_ATTEMPTS):
            with ctx.workprec(bits):
                roots = roots_of(_univariate(found.equation, found.ring))
            inside = [root for root in roots if found.disc.holds(root)]
            if len(inside) == 1 and inside[0].rel_accuracy_bits() > needed:
                return inside[0]
            bits *= 2
        raise ConvergenceError("the leading coefficient was not isolated to the digits asked for")

    def equation(self, unknown: sp.Symbol) -> sp.Eq:
        """The irreducible polynomial equation of the leading coefficient."""
        found = self._leading
        names = {found.ring.generators[0]: unknown}
        return sp.Eq(found.ring.expression(found.equation).xreplace(names), 0, evaluate=False)

    def evaluate(
        self, values: Mapping[sp.Symbol, object] | None = None, dps: int | None = None
    ) -> Any:
        """The limit: float or complex, or with ``dps`` right digits.

        Raises
        ------
        UndefinedOperationError
            If the trace is unbounded there.
        """
        if values is not None:
            return self.subs(values).evaluate(dps=dps)
        exponent, coefficient = self._numeric(digits(dps))
        if exponent < 0:
            raise UndefinedOperationError(
                f"the trace grows like {self.symbol - self.point} to the power {exponent}: "
                "leading() has its coefficient"
            )
        return coefficient if exponent == 0 else coefficient * 0

    @cached_property
    def _leading(self) -> _Leading:
        """The leading term of the physical solution, from points nearer and nearer to the limit."""
        own, factors = _equations(self.trace.system, self.symbol, self.point)
        with ctx.workprec(_BITS):
            polynomial = _satisfied(factors, own, fmpq(1), self._beyond(sp.S.One, _BITS))
            corners = edges(polynomial, own, lambda value: _vanishes(value, own))
        equations = [_squarefree(edge.polynomial) for edge in corners]
        for power in range(_ATTEMPTS):
            distance, bits = sp.Integer(256) ** -power, _BITS + 64 * power
            value = self._beyond(distance, bits)
            with ctx.workprec(bits):
                table = _table(polynomial, own)
                slopes = [
                    (edge.exponent, _univariate(equation, own))
                    for edge, equation in zip(corners, equations, strict=True)
                ]
                found = arrival(table, slopes, to_fmpq(distance), value)
                if found is not None:
                    place, disc = found
                    chosen = _satisfied_inside(equations[place], own, disc)
                    return _Leading(corners[place].exponent, own, chosen, disc)
        raise ConvergenceError(
            f"no leading term was proved for {self.symbol} near {self.point}: other solutions "
            "come too close"
        )

    def _beyond(self, distance: sp.Rational, bits: int) -> acb:
        """The trace at a distance from the limit."""
        return self.trace.at(self.symbol, self.point + distance).enclose(bits)


def _on(coefficient: sp.Expr, where: sp.Basic) -> sp.Expr:
    """A formula in the regime of a condition that it has a piece for."""
    if not isinstance(coefficient, sp.Piecewise):
        return coefficient
    return next(value for value, condition in coefficient.args if condition == where)


def _limit(exponent: sp.Expr, coefficient: sp.Expr, where: sp.Basic = sp.true) -> sp.Expr:
    """Of c tʳ as t falls to 0."""
    if exponent == 0:
        return coefficient
    return sp.S.Zero if exponent > 0 else _sign(coefficient, where) * sp.oo


def _sign(coefficient: sp.Expr, where: sp.Basic) -> sp.Expr:
    """The sign in a regime c < a or c > a, where c = a d/(1 + d) or a + d for positive d."""
    d, inside = sp.Dummy("d", positive=True), coefficient
    if isinstance(where, sp.StrictLessThan) and where.lhs.is_positive:
        inside = coefficient.xreplace({where.lhs: where.rhs * d / (1 + d)})
    elif isinstance(where, sp.StrictGreaterThan):
        inside = coefficient.xreplace({where.lhs: where.rhs + d})
    return next(
        (sp.sign(form) for form in (sp.factor(inside), coefficient) if form.is_nonzero),
        sp.sign(coefficient),
    )


def closed_value(system: FixedPoint, enclose: Callable[[int], acb]) -> sp.Expr:
    """The first output as a root of its own irreducible equation, told by its digits."""
    own, factors = _equations(system, sp.Dummy("t"), sp.S.Zero)
    value = enclose(_BITS)
    with ctx.workprec(_BITS):
        chosen = _satisfied(factors, own, fmpq(1), value)
    return closed_root(chosen, own, value)


def _candidates(
    system: FixedPoint, symbol: sp.Symbol, point: sp.Expr
) -> tuple[Ring, list[tuple[sp.Rational, Polynomial]]]:
    """All leading terms that the equations allow: exponents, irreducible equations of those."""
    own, factors = _equations(system, symbol, point)
    found: list[tuple[sp.Rational, Polynomial]] = []
    for factor in factors:
        for edge in edges(factor, own, lambda value: _is_null(value, own)):
            for part, _ in edge.polynomial.factor()[1]:
                pair = to_rational(edge.exponent), part
                if depends_on(part, [0]) and pair not in found:
                    found.append(pair)
    return own, found


def _is_null(coefficient: Polynomial, own: Ring) -> bool:
    return FunctionField(own).is_zero(Fraction(coefficient, own.constant(1)))


def _satisfied_inside(polynomial: Polynomial, own: Ring, disc: Disc) -> Polynomial:
    """The irreducible factor with the root inside a disc that holds one root."""
    (chosen,) = [
        factor
        for factor in factorization(polynomial).factors
        if depends_on(factor, [0])
        and any(disc.holds(root) for root in roots_of(_univariate(factor, own)))
    ]
    return chosen


def _vanishes(coefficient: Polynomial, own: Ring) -> bool:
    """Whether a polynomial in the constants is zero."""
    (value,) = _table(coefficient, own).values()
    if not value.contains(0):
        return False
    return _is_null(coefficient, own)


def _equations(
    system: FixedPoint, symbol: sp.Symbol, point: sp.Expr
) -> tuple[Ring, list[Polynomial]]:
    """Irreducible P(T, t, constants), t = symbol - point, one of which the trace satisfies."""
    trace, t = sp.Dummy("T"), sp.Dummy("t")
    whole = system.replace({system.size: sp.S.One}).replace({symbol: point + t})
    pairs = [*whole.relations, (trace, whole.outputs[0])]
    sides = [side for pair in pairs for side in pair]
    wide = ring(sides, first=(trace, t, *whole.unknowns))
    found = [(wide.fraction(left) - wide.fraction(right)).numerator for left, right in pairs]
    start = 2 + len(whole.unknowns)
    results = eliminated(found, range(2, start), range(start), DEFAULT_BUDGET)
    if len(results) != 1:
        raise NotAlgebraicError("the equations of this trace leave more than one relation")
    (result,) = results
    own = Ring((trace, t, *wide.generators[start:]))
    images = [*own.context.gens()[:2], *([own.constant(0)] * len(whole.unknowns))]
    images += own.context.gens()[2:]
    factors = [
        factor.compose(*images, ctx=own.context)
        for factor in result.factors or factorization(result.polynomial).factors
    ]
    return own, [primitive_in(f, (0, 1)) for f in factors if depends_on(f, [0])]


def _constants(own: Ring) -> list[acb]:
    """The generators after T and t."""
    program = compile_program(own.generators[2:], [])
    return [acb(value) for value in evaluate(program, [], BALLS)]


def _table(polynomial: Polynomial, own: Ring) -> dict[tuple[int, int], acb]:
    """Coefficients of powers of T and t as balls."""
    constants, found = _constants(own), {}
    for (in_T, in_t, *powers), coefficient in polynomial.terms():
        value = acb(coefficient)
        for constant, power in zip(constants, powers, strict=True):
            value *= constant ** int(power)
        key = int(in_T), int(in_t)
        found[key] = found.get(key, acb(0)) + value
    return found


def _univariate(polynomial: Polynomial, own: Ring) -> acb_poly:
    """A polynomial in T alone."""
    table = _table(polynomial, own)
    top = max(i for i, _ in table)
    return acb_poly([table.get((i, 0), acb(0)) for i in range(top + 1)])


def _squarefree(polynomial: Polynomial) -> Polynomial:
    """Without multiple roots in T."""
    return polynomial // polynomial.gcd(polynomial.derivative(0))


def _satisfied(factors: list[Polynomial], own: Ring, t: fmpq, value: acb) -> Polynomial:
    """The one factor that vanishes at the trace."""
    found = []
    for factor in factors:
        total = acb(0)
        for (in_T, in_t), coefficient in _table(factor, own).items():
            total += coefficient * value**in_T * acb(t) ** in_t
        if total.contains(0):
            found.append(factor)
    if len(found) != 1:
        raise ConvergenceError("elimination did not tell the equation of the trace from others")
    return found[0]


def _number(value: acb, dps: int | None) -> Any:
    """A ball as a number."""
    if dps is None:
        number = complex(value)
        return number.real if number.imag == 0 else number
    return to_mpf(value.real, dps) if value.imag.is_zero() else to_mpc(value, dps)
