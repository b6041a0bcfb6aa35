"""Deterministic equivalents: the limit of a normalised trace of a rational expression.

An expression r = C (1 - A(x))⁻¹ B has tr r = C G B with the block traces G = (id ⊗ tr)(1 - A(x))⁻¹,
which satisfy G⁻¹ = 1 - R(G) for any pencil, self-adjoint or not. The solution meant is the one
that is analytic in the size s of the letters, deterministic ones times s and Gaussian ones times
√s, from G = 1 at s = 0 to s = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.exact.system import Curve
from freeprob.laws.parameters import count, digits, exact
from freeprob.models.law import unit_of
from freeprob.models.minimal import least
from freeprob.models.reading import SingularCentreError, realized
from freeprob.models.recognition import gaussian_letters
from freeprob.models.shapes import require_bounded
from freeprob.models.trace_equations import TraceSystem, expanded
from freeprob.numeric.balls import BALLS
from freeprob.numeric.digits import Start, complex_number, enclosed, real_number
from freeprob.numeric.lowering import compile_curve
from freeprob.numeric.paths import carried
from freeprob.numeric.places import Place
from freeprob.numeric.straight_line import evaluate

_LEGS = 16
_GUARD = 64


@final
@dataclass(frozen=True)
class TraceEquivalent:
    """The limit of tr r / dimension; build it with :func:`normalized_trace`.

    Parameters
    ----------
    expression
        A square rational expression in random letters.
    """

    expression: sp.MatrixExpr

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols other than the growing dimension."""
        free = self.expression.atoms(sp.Symbol) - set(unit_of(self.expression))
        return tuple(sorted(free, key=sp.default_sort_key))

    @cached_property
    def _curve(self) -> Curve:
        """Unknowns s and block traces, z = s, G = the trace."""
        unit = unit_of(self.expression)
        try:
            realization = realized(gaussian_letters(self.expression))
        except SingularCentreError as error:
            raise UndefinedOperationError(
                f"{error.base} has no inverse where all letters vanish, and none is known to "
                f"exist in the limit: add a ridge, as in ({error.base} + γ*Identity(n)).inverse()"
            ) from None
        return TraceSystem(least(realization), unit).curve()

    def equations(self) -> list[sp.Eq]:
        """The self-consistent equations of the block traces, and the trace in terms of them.

        Returns
        -------
        list of Eq
            One per unknown g₁, g₂, …, then tr = ….
        """
        curve = self._curve
        size, *inner = curve.unknowns
        names = {u: sp.Dummy(f"g_{k + 1}") for k, u in enumerate(inner)} | {size: sp.S.One}
        found = [
            sp.Eq(left.xreplace(names), sp.factor(right.xreplace(names)), evaluate=False)
            for left, right in curve.relations
        ]
        trace = sp.factor(curve.G.xreplace(names))
        return [*found, sp.Eq(sp.Dummy("tr"), trace, evaluate=False)]

    def subs(self, values: Mapping[sp.Symbol, object]) -> TraceEquivalent:
        """The same trace with values for parameters."""
        known = {symbol: exact(value, str(symbol)) for symbol, value in values.items()}
        return TraceEquivalent(self.expression.xreplace(known))

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
        if self.parameters:
            raise InvalidParameterError(
                f"numbers need values and {', '.join(map(str, self.parameters))} stay symbolic: "
                f"give them, as in trace.subs({{{self.parameters[0]}: 1}})"
            )
        wanted = digits(dps)
        program, bits = compile_curve(self._curve), int(3.33 * (wanted or 17)) + _GUARD
        start = Start([acb(complex(value)) for value in self._start], 64)
        solution = enclosed(program, Place(fmpq(1)), bits, start)
        if solution is None:
            raise ConvergenceError("the block traces could not be proved to solve their equations")
        with ctx.workprec(bits + 16):
            value = acb(evaluate(program, solution, BALLS)[-1])
        if wanted is None:
            number = complex(value)
            return number.real if number.imag == 0 else number
        real = value.imag.is_zero()
        return real_number(value.real, wanted) if real else complex_number(value, wanted)

    @cached_property
    def _start(self) -> np.ndarray:
        """The unknowns at s = 1, followed from s = 0."""
        curve = self._curve
        program = compile_curve(curve)
        size = curve.unknowns[0]
        first = {u: right.xreplace({size: sp.S.Zero}) for u, right in curve.relations}
        known = {u: complex(value) for u, value in first.items() if not value.free_symbols}
        if len(known) < len(first):
            raise ConvergenceError("the block traces of vanishing letters are not determined")
        u = np.array([0j, *(known[left] for left, _ in curve.relations)])
        end = carried(program, u, np.linspace(0, 1, _LEGS + 1).astype(complex))
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
        return expanded(self._curve, count(order))


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
