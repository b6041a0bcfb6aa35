"""The Gaussian averages every depth recursion is made of, in three arithmetics.

A recursion is written once over a :class:`GaussianMaps`; it then runs on SymPy expressions,
on float64 arrays, or on numbers of any precision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from mpmath import libmp

from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import digits
from freeprob.numeric.precision import fresh_context, to_mpf
from freeprob.numeric.programs.lowering import compile_mpmath

GUARD_DIGITS = 8
# working precisions tried for a closed form, beyond the precision asked for
EXTRA_BITS = (16, 64, 256, 1024, 4096)


@dataclass(frozen=True)
class GaussianMaps:
    r"""Averages of f over Gaussians: u of variance q, or (u, v) of covariance ((q1, k), (k, q2)).

    ``mean(q)`` is E f(u), ``second(q)`` E f(u)^2, ``slope_second(q)`` E f'(u)^2,
    ``pair(q1, k, q2)`` E f(u) f(v), ``slope_pair(q1, k, q2)`` E f'(u) f'(v).
    """

    mean: Callable[[Any], Any]
    second: Callable[[Any], Any]
    slope_second: Callable[[Any], Any]
    pair: Callable[[Any, Any, Any], Any]
    slope_pair: Callable[[Any, Any, Any], Any]


def exact_maps(activation: sp.Basic) -> GaussianMaps:
    """The maps on SymPy expressions."""
    return GaussianMaps(
        mean=activation.mean,
        second=lambda q: activation.expect(q, power=2),
        slope_second=lambda q: activation.expect(q, power=2, derivative=1),
        pair=activation.dual,
        slope_pair=activation.dual_derivative,
    )


def float_maps(activation: sp.Basic) -> GaussianMaps:
    """The maps on float64 arrays."""
    return GaussianMaps(
        mean=_deferred(lambda: activation.expect_function(power=1, derivative=0)),
        second=_deferred(lambda: activation.expect_function(power=2, derivative=0)),
        slope_second=_deferred(lambda: activation.expect_function(power=2, derivative=1)),
        pair=_deferred(activation.dual_function),
        slope_pair=_deferred(activation.dual_derivative_function),
    )


def _deferred(make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A function that is made when first called: some do not exist for every activation."""
    made: list[Callable[..., Any]] = []

    def function(*arguments: Any) -> Any:
        if not made:
            made.append(make())
        return made[0](*arguments)

    return function


def digit_maps(activation: sp.Basic, context: mpmath.MPContext) -> GaussianMaps:
    """The maps on mpf numbers of one private context, at its precision."""
    exact = exact_maps(activation)
    q, q1, q2 = (sp.Dummy(name, positive=True) for name in ("q", "q1", "q2"))
    k = sp.Dummy("k", real=True)

    def of_length(average: Callable[[sp.Expr], sp.Expr]) -> Callable[[Any], Any]:
        positive = numeric(lambda: average(q), (q,), context)
        at_zero = numeric(lambda: average(sp.S.Zero), (), context)
        return lambda length: positive(length) if length else at_zero()

    def of_pair(average: Callable[..., sp.Expr]) -> Callable[..., Any]:
        positive = numeric(lambda: average(q1, k, q2), (q1, k, q2), context)

        def function(*covariance: Any) -> Any:
            if covariance[0] and covariance[2]:
                return positive(*covariance)
            # one side is a constant: f(0)
            return to_digits(average(*(_as_rational(entry) for entry in covariance)), {}, context)

        return function

    return GaussianMaps(
        mean=of_length(exact.mean),
        second=of_length(exact.second),
        slope_second=of_length(exact.slope_second),
        pair=of_pair(exact.pair),
        slope_pair=of_pair(exact.slope_pair),
    )


def numeric(
    make: Callable[[], sp.Expr], symbols: tuple[sp.Symbol, ...], context: mpmath.MPContext
) -> Callable[..., Any]:
    """A function of mpf numbers from an expression that is built on first use."""
    return _deferred(lambda: _evaluator(sp.sympify(make()), symbols, context))


def near_zeros(
    make: Callable[[], sp.Expr], symbols: tuple[sp.Symbol, ...], context: mpmath.MPContext
) -> Callable[..., Any]:
    """The same where terms may cancel: to the digits of its largest term, which zeros need."""

    def made() -> Callable[..., Any]:
        names = {part: sp.Dummy(real=True) for part in _unevaluated_parts(make())}
        form = make().xreplace(names)
        compiled = compile_mpmath(form, [*symbols, *names.values()], context)

        def function(*values: Any) -> Any:
            at = dict(zip(symbols, values, strict=True))
            return context.re(compiled(*values, *(to_digits(part, at, context) for part in names)))

        return function

    return _deferred(made)


def moment(
    activation: sp.Basic, context: mpmath.MPContext, power: int, derivative: int
) -> Callable[[Any], Any]:
    """E f^(derivative)(√q Z)^power as a function of numbers q, for some of which it exists."""

    def function(q: Any) -> Any:
        mean = activation.expect(_as_rational(q), power=power, derivative=derivative)
        return to_digits(mean, {}, context)

    return function


def _as_rational(value: Any) -> sp.Rational:
    """The binary number that an mpf is."""
    return sp.Rational(*libmp.to_rational(value._mpf_))


def on_the_line(
    average: Callable[..., sp.Expr], q1: Any, sign: int, q2: Any, context: mpmath.MPContext
) -> Any:
    """An average of (u, v) where v is a multiple of u, of this sign."""
    first, second = _as_rational(q1), _as_rational(q2)
    return to_digits(average(first, sign * sp.sqrt(first * second), second), {}, context)


def is_unevaluated(expression: sp.Expr) -> bool:
    """Whether part of the expression is a mean that no closed form is known for."""
    return bool(_unevaluated_parts(expression))


def _unevaluated_parts(expression: sp.Expr) -> list[sp.Expr]:
    """The means in an expression that no closed form is known for."""
    traversal = sp.preorder_traversal(expression)
    return list(dict.fromkeys(part for part in traversal if getattr(part, "bound_symbols", ())))


def _evaluator(
    expression: sp.Expr, symbols: tuple[sp.Symbol, ...], context: mpmath.MPContext
) -> Callable[..., Any]:
    """The fastest way to the digits of an expression: compiled, unless a part is unevaluated."""
    if expression in (sp.oo, sp.zoo):
        return lambda *values: context.inf
    if is_unevaluated(expression):
        return lambda *values: to_digits(
            expression, dict(zip(symbols, values, strict=True)), context
        )
    return _settled(expression, symbols, context)


def _settled(
    expression: sp.Expr, symbols: tuple[sp.Symbol, ...], context: mpmath.MPContext
) -> Callable[..., Any]:
    """A compiled closed form, its precision raised until cancellation no longer shows."""
    working = mpmath.MPContext()
    compiled = compile_mpmath(expression, symbols, working)

    def function(*values: Any) -> Any:
        previous = value = None
        for extra in EXTRA_BITS:
            working.prec = context.prec + extra
            value = working.re(working.convert(compiled(*map(working.convert, values))))
            if previous is not None and abs(value - previous) <= abs(value) * context.eps:
                return context.convert(value)
            previous = value
        if value is not None and abs(value) < working.ldexp(1, -EXTRA_BITS[-1]):
            return context.zero
        raise ConvergenceError(f"{expression} loses all digits to cancellation at {values}")

    return function


def to_digits(expression: sp.Expr, values: dict[sp.Symbol, Any], context: mpmath.MPContext) -> Any:
    """The value of a real expression as an mpf of the context; infinity is kept.

    Raises
    ------
    InvalidParameterError
        If a parameter has no value.
    UndefinedOperationError, ConvergenceError
        If the value is not finite, or not real.
    """
    expression = sp.sympify(expression)
    left = sorted(map(str, expression.free_symbols - set(values)))
    if left:
        raise InvalidParameterError(
            f"digits need numbers for {', '.join(left)}: give values, or leave out dps"
        )
    numbers = {
        symbol: sp.Float(context.mpf(value)._mpf_, precision=context.prec)
        for symbol, value in values.items()
    }
    result = expression.evalf(context.dps, subs=numbers, maxn=10 * context.dps + 100)
    if result in (sp.oo, sp.zoo):
        return context.inf
    real, imaginary = result.as_real_imag()
    if not real.is_Float and not real.is_Rational:
        raise UndefinedOperationError(
            f"{expression} has no finite value at {numbers}: it came out as {result}"
        )
    if imaginary != 0 and abs(imaginary) > sp.Float(10) ** (5 - context.dps) * (1 + abs(real)):
        raise ConvergenceError(f"{expression} came out complex at {numbers}: {result}")
    return context.make_mpf(sp.Float(real, precision=context.prec)._mpf_)


def private_context(dps: int) -> mpmath.MPContext:
    """A context with guard digits, so that ``dps`` digits survive the computation."""
    context = mpmath.MPContext()
    context.dps = digits(dps) + GUARD_DIGITS
    return context


def rounded(value: Any, dps: int) -> mpmath.mpf:
    """The value rounded once to ``dps`` digits, as an mpf that shows and keeps them."""
    return to_mpf(fresh_context(int(dps) + GUARD_DIGITS).mpf(value), dps)
