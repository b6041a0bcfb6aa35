"""Deterministic equivalents: the limit of a normalised trace of a rational expression.

An expression r = C (1 - A(x))⁻¹ B has tr r = C G B with the block traces G = (id ⊗ tr)(1 - A(x))⁻¹,
which satisfy G⁻¹ = 1 - R(G) for any pencil, self-adjoint or not. The solution meant is the one
that is analytic in the size s of the letters, deterministic ones times s and Gaussian ones times
√s, from G = 1 at s = 0 to s = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from typing import Any, final

import numpy as np
import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.models.dyson.dyson import finite_spectrum
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.shapes import require_bounded
from freeprob.models.limit_laws.law import unit_of
from freeprob.models.limit_laws.recognition import gaussian_letters
from freeprob.models.pencils.minimal import least
from freeprob.models.pencils.reading import SingularCentreError, realized
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.models.traces.trace_equations import TraceSystem
from freeprob.models.traces.trace_limits import TraceLimit
from freeprob.models.traces.trace_merging import simplified
from freeprob.models.traces.trace_unknowns import in_terms_of
from freeprob.numeric.branch.balls import BALLS
from freeprob.numeric.branch.continuation import jacobian
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.branch.paths import carried
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of, rounded, rounded_complex
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.parameters import count, digits, exact, mapping

_DEPTH = 40
_GUARD = 64


@final
@dataclass(frozen=True)
class TraceEquivalent:
    """The limit of tr r / dimension, or a derivative; build it with :func:`normalized_trace`.

    Parameters
    ----------
    expression
        A square rational expression in random letters.
    slopes
        Parameters by which the trace is differentiated.
    values
        Values that parameters have in the equations, those of the slopes among them.
    """

    expression: sp.MatrixExpr
    slopes: tuple[sp.Symbol, ...] = ()
    values: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols other than the growing dimension."""
        free = self.expression.atoms(sp.Symbol) - set(unit_of(self.expression))
        return tuple(sorted(free - {s for s, _ in self.values}, key=sp.default_sort_key))

    @cached_property
    def system(self) -> FixedPoint:
        """The equations in as few block traces as are found to determine the trace."""
        return _system(self.expression, self.slopes).replace(dict(self.values))

    def equations(self, unknowns: Mapping[sp.Symbol, sp.MatrixExpr] | None = None) -> list[sp.Eq]:
        """The self-consistent equations of the block traces, and the trace in terms of them.

        Parameters
        ----------
        unknowns
            Matrices whose normalised traces are to be the unknowns, by the symbols for these; block
            traces that the equations do not give by them stay.

        Returns
        -------
        list of Eq
            One per unknown g₁, g₂, …, then tr = …; in terms of given unknowns, polynomials that
            vanish, then tr = ….

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c, t = sp.symbols("N gamma tau", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> K = X * X.T + c * sp.Identity(N)
        >>> normalized_trace(K.inverse()).equations({t: K.inverse()})
        [Eq(gamma*tau**2 + gamma*tau - 1, 0), Eq(_tr, tau)]
        """
        trace = sp.Dummy("tr")
        if unknowns is not None:
            matrices = [normalized_trace(matrix) for matrix in unknowns.values()]
            others = [TraceEquivalent(m.expression, (), self.values).system for m in matrices]
            whole = simplified(reduce(FixedPoint.joined, others, self.system))
            return in_terms_of(whole, trace, tuple(unknowns))
        names = {u: sp.Dummy(f"g_{k + 1}") for k, u in enumerate(self.system.unknowns)}
        shown = self.system.replace(names | {self.system.size: sp.S.One})
        pairs = [(names[left], right) for left, right in shown.relations]
        pairs.append((trace, shown.outputs[0]))
        return [sp.Eq(left, right, evaluate=False) for left, right in pairs]

    def subs(self, values: Mapping[sp.Symbol, object]) -> TraceEquivalent:
        """The same trace with values for parameters."""
        known = {
            symbol: exact(value, str(symbol))
            for symbol, value in mapping(values, "values", "{c: 1}").items()
        }
        kept = {symbol: value for symbol, value in known.items() if symbol in self.slopes}
        rest = {symbol: value for symbol, value in known.items() if symbol not in self.slopes}
        return TraceEquivalent(
            self.expression.xreplace(rest),
            self.slopes,
            (*((s, v.xreplace(rest)) for s, v in self.values), *kept.items()),
        )

    def diff(self, *symbols: sp.Symbol) -> TraceEquivalent:
        """The derivative by parameters, one after the other, by implicit differentiation.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c = sp.symbols("N gamma", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> K = X * X.T + c * sp.Identity(N)
        >>> slope = normalized_trace(K.inverse()).diff(c).subs({c: 2})
        >>> square = normalized_trace(K**-2).subs({c: 2})
        >>> slope.evaluate(dps=20) == -square.evaluate(dps=20)
        True
        """
        for symbol in symbols:
            if not isinstance(symbol, sp.Symbol) or symbol not in self.parameters:
                raise InvalidParameterError(
                    f"{symbol!r} is no free parameter of this trace: these are "
                    f"{', '.join(map(str, self.parameters)) or 'none'}"
                )
        return TraceEquivalent(self.expression, (*self.slopes, *symbols), self.values)

    def limit(self, symbol: sp.Symbol, point: object = 0) -> TraceLimit:
        """How the trace behaves as a parameter falls to a point, 0 for a vanishing ridge.

        Returns
        -------
        TraceLimit
            Its ``evaluate(dps)`` is the limit; ``leading()`` the leading power and coefficient.
        """
        if symbol not in self.parameters:
            raise InvalidParameterError(
                f"{symbol!r} is no free parameter of this trace: these are "
                f"{', '.join(map(str, self.parameters)) or 'none'}"
            )
        return TraceLimit(self, symbol, exact(point, "point"))

    def at(self, symbol: sp.Symbol, value: sp.Expr) -> TraceEquivalent:
        """With a value put into the equations, not into the matrix."""
        return TraceEquivalent(self.expression, self.slopes, (*self.values, (symbol, value)))

    def evaluate(self, dps: int | None = None) -> Any:
        """The number: float or complex, or with ``dps`` right digits.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols.
        ConvergenceError
            If the trace is not analytic on the way from vanishing letters: an inverse meets the
            spectrum.
        """
        wanted = digits(dps)
        value = self.enclose(bits_of(wanted or FLOAT_DIGITS) + _GUARD)
        if wanted is None:
            number = complex(value)
            return number.real if number.imag == 0 else number
        if value.imag.is_zero():
            return rounded(lambda bits: self.enclose(bits + _GUARD).real, wanted)
        return rounded_complex(lambda bits: self.enclose(bits + _GUARD), wanted)

    def enclose(self, bits: int) -> acb:
        """The number as a ball with about that many right bits."""
        if self.parameters:
            raise InvalidParameterError(
                f"numbers need values and {', '.join(map(str, self.parameters))} stay symbolic: "
                f"give them, as in trace.subs({{{self.parameters[0]}: 1}})"
            )
        program = compile_curve(self.system.curve())
        start = Start([acb(complex(value)) for value in self._start], 64)
        solution = enclosed(program, Place(fmpq(1)), bits, start)
        if solution is None:
            raise ConvergenceError("the block traces could not be proved to solve their equations")
        with ctx.workprec(bits + 16):
            return acb(evaluate(program, solution, BALLS)[-1])

    @cached_property
    def _start(self) -> np.ndarray:
        """The unknowns at s = 1, followed from where the letters are tiny."""
        program = compile_curve(self.system.curve())
        legs = np.exp2(np.arange(-_DEPTH, 1.0, 4.0)).astype(complex)
        u = np.zeros(1 + len(self.system.relations), dtype=complex)
        u[0] = legs[0]
        # each round is right to one more power of s
        for _ in range(len(u) + 2):
            _, residual = jacobian(program, u[:, None], legs[:1])
            u[1:] -= residual[:-1, 0]
        end = carried(program, u, legs)
        if end is None:
            raise ConvergenceError(
                "the trace is not analytic between vanishing letters and the given ones: an "
                "inverse meets the spectrum; move its argument off the axis or change the ridge"
            )
        return end

    def series(self, order: int) -> list[sp.Expr]:
        """Exact coefficients of s⁰, …, s^order: deterministic letters times s, Gaussian times √s.

        With a ridge γ they fall with γ: for tr (M + γ)⁻¹ and M quadratic in Gaussian letters the
        coefficient of sᵏ is that of γ⁻ᵏ⁻¹, so the sum is the expansion at γ → ∞.
        """
        return self.system.series(count(order))


@lru_cache(maxsize=256)
def _system(expression: sp.MatrixExpr, slopes: tuple[sp.Symbol, ...]) -> FixedPoint:
    """Equations of a trace, or of its derivative by the slopes."""
    if slopes:
        return simplified(_system(expression, ()).slope(slopes))
    unit, written = unit_of(expression), gaussian_letters(expression)
    try:
        centres, realization = {}, realized(written)
    except SingularCentreError:
        centres = {
            letter: letter.law.mean
            for letter in letters_of(written)
            if finite_spectrum(letter) is not None
        }
        try:
            realization = realized(written, centres)
        except SingularCentreError as error:
            raise UndefinedOperationError(
                f"{error.base} has no inverse where all letters vanish or are their means, and "
                "none is known to exist in the limit: add a ridge, as in "
                f"({error.base} + γ*Identity(n)).inverse()"
            ) from None
    return simplified(TraceSystem(least(realization), unit, centres).fixed_point())


def normalized_trace(expr: sp.MatrixExpr) -> TraceEquivalent:
    """The deterministic equivalent of tr r / dimension of a rational matrix expression.

    Any number of resolvents may occur, as in tr A (M + γ)⁻¹ B (M + γ)⁻¹; the expression need not be
    self-adjoint.

    Parameters
    ----------
    expr
        A square matrix expression in random letters, of order one.

    Returns
    -------
    TraceEquivalent
        With ``equations()``, ``subs()``, ``evaluate(dps)`` and ``series(order)``.

    Raises
    ------
    InvalidParameterError
        If the expression is no square matrix expression, or grows with the dimensions.

    Source: Helton-Rashidi Far-Speicher 2007; Hachem-Loubaton-Najim 2007.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre, normalized_trace
    >>> N = sp.Symbol("N", positive=True)
    >>> X = Ginibre("X", N, N)
    >>> trace = normalized_trace((X * X.T / N + 2 * sp.Identity(N)).inverse())
    >>> print(trace.evaluate(dps=20))
    0.36602540378443864676
    """
    if not isinstance(expr, sp.MatrixExpr):
        raise InvalidParameterError(
            f"normalized_trace takes a matrix expression in random letters, got {expr!r}"
        )
    require_bounded(expr)
    if sp.expand(expr.shape[0] - expr.shape[1]) != 0:
        raise InvalidParameterError(f"{expr} is not square: it has no trace")
    return TraceEquivalent(expr)
