"""Deterministic equivalents: the limit of a normalised trace of a rational expression.

An expression r = C (1 - A(x))⁻¹ B has tr r = C G B with the block traces G = (id ⊗ tr)(1 - A(x))⁻¹,
which satisfy G⁻¹ = 1 - R(G) for any pencil, self-adjoint or not. The solution meant is the one
that is analytic in the size s of the letters, deterministic ones times s and Gaussian ones times
√s, from G = 1 at s = 0 to s = 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, final

import numpy as np
import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.models.letters.random_matrix import bound_symbols
from freeprob.models.letters.shapes import require_square, unit_of
from freeprob.models.letters.values import read_values, replaced
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.models.traces.trace_comparison import TraceComparison, trace_comparison
from freeprob.models.traces.trace_grids import followed, on_grid, split_values
from freeprob.models.traces.trace_limits import TraceLimit, closed_value
from freeprob.models.traces.trace_merging import simplified
from freeprob.models.traces.trace_pictures import PlottedTrace
from freeprob.models.traces.trace_systems import rewritten, singular_base, system_of
from freeprob.models.traces.trace_unknowns import in_terms_of, written_as
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of, rounded, rounded_complex
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.balls import BALLS
from freeprob.parameters import count, digits, exact

_GUARD = 64


@final
@dataclass(frozen=True)
class TraceEquivalent(PlottedTrace):
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

    @staticmethod
    def of(expr: sp.MatrixExpr) -> TraceEquivalent:
        """The trace of a square expression of order one; errors as :func:`normalized_trace`."""
        return TraceEquivalent(require_square(expr))

    def __reduce__(self) -> tuple:
        # what was computed stays behind: it is computed again where it is asked for
        return TraceEquivalent, (self.expression, self.slopes, self.values)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols other than the growing dimension."""
        free = self.expression.atoms(sp.Symbol) - set(unit_of(self.expression))
        free -= bound_symbols(self.expression)
        return tuple(sorted(free - {s for s, _ in self.values}, key=sp.default_sort_key))

    @cached_property
    def system(self) -> FixedPoint:
        """The equations in as few block traces as are found to determine the trace."""
        return system_of((self.expression,), self.slopes).replace(dict(self.values))

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {sp.latex(self._written())}$"

    def _written(self) -> sp.Expr:
        """The normalised trace, or its derivative, as an unevaluated expression."""
        rows = self.expression.shape[0]
        trace = sp.Trace(self.expression) / rows
        values = dict(self.values)
        if not self.slopes:
            return sp.Trace(self.expression.xreplace(values)) / rows if values else trace
        slope = sp.Derivative(trace, *self.slopes)
        return sp.Subs(slope, tuple(values), tuple(values.values())) if values else slope

    def equations(
        self, unknowns: Mapping[sp.Symbol, sp.MatrixExpr] | Sequence[sp.Symbol] | None = None
    ) -> list[sp.Eq]:
        """The self-consistent equations of the block traces, and the trace in terms of them.

        Parameters
        ----------
        unknowns
            Symbols for the block traces, in their order; by default they are dummies. Or matrices
            whose normalised traces are to be the unknowns, by the symbols for these; block traces
            that the equations do not give by them stay.

        Returns
        -------
        list of Eq
            One per unknown g₁, g₂, …, then Trace(r)/n = …; in terms of given matrices, polynomials
            that vanish, then Trace(r)/n = ….

        Raises
        ------
        InvalidParameterError
            If there are not as many symbols as unknowns, or they are in use.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c, t, g = sp.symbols("N gamma tau g", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> K = X * X.T + c * sp.Identity(N)
        >>> normalized_trace(K.inverse()).equations([g])[0]
        Eq(g, gamma/(g + gamma))
        >>> normalized_trace(K.inverse()).equations({t: K.inverse()})
        [Eq(gamma*tau**2 + gamma*tau - 1, 0), Eq(Trace((gamma*I + X*X.T)**(-1))/N, tau)]
        """
        trace = self._written()
        if isinstance(unknowns, Mapping) and unknowns:
            matrices = [TraceEquivalent.of(matrix) for matrix in unknowns.values()]
            others = [TraceEquivalent(m.expression, (), self.values).system for m in matrices]
            whole = simplified(reduce(FixedPoint.joined, others, self.system))
            return in_terms_of(whole, trace, tuple(unknowns))
        names = written_as(self.system.unknowns, unknowns, trace.atoms(sp.Symbol))
        shown = self.system.replace(names | {self.system.size: sp.S.One})
        pairs = [(names[left], right) for left, right in shown.relations]
        pairs.append((trace, shown.outputs[0]))
        return [sp.Eq(left, right, evaluate=False) for left, right in pairs]

    def subs(self, *values: object) -> TraceEquivalent:
        """The same trace with values for parameters, given in any form that SymPy's ``subs`` takes.

        Raises
        ------
        InvalidParameterError
            If a key is no symbol or a value no number or expression.
        """
        known = read_values(values)
        kept = {symbol: value for symbol, value in known.items() if symbol in self.slopes}
        rest = {symbol: value for symbol, value in known.items() if symbol not in self.slopes}
        replaced(self.expression, known)  # refuses values that slopes would keep aside
        return TraceEquivalent(
            replaced(self.expression, rest),
            self.slopes,
            (*((s, v.xreplace(rest)) for s, v in self.values), *kept.items()),
        )

    xreplace = subs

    def __float__(self) -> float:
        value = self.evaluate()
        if isinstance(value, complex):
            raise TypeError(f"the trace is the complex number {value}: use complex()")
        return float(value)

    def __complex__(self) -> complex:
        return complex(self.evaluate())

    def check(
        self,
        n: int = 400,
        draws: int = 8,
        rng: int | np.random.Generator | None = 0,
    ) -> TraceComparison:
        """Compare with traces of matrices drawn at sizes n and 2n.

        Parameters
        ----------
        n
            Rows of the smaller matrices.
        draws
            Number of matrices of each size.
        rng
            Seed or generator.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols, or the trace is a derivative.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N = sp.Symbol("N", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> normalized_trace((X * X.T + sp.Identity(N)).inverse()).check(n=50).passed
        True
        """
        if self.slopes:
            raise InvalidParameterError(
                "matrices are drawn for a trace and not for its derivative: check the trace, or "
                "write the derivative as a trace of resolvents"
            )
        expr = self.expression.xreplace(dict(self.values))
        return trace_comparison(expr, complex(self.evaluate()), n, draws, rng)

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
            self._require_parameter(symbol)
        return TraceEquivalent(self.expression, (*self.slopes, *symbols), self.values)

    def limit(self, symbol: sp.Symbol, point: object = 0) -> TraceLimit:
        """How the trace behaves as a parameter falls to a point, 0 for a vanishing ridge.

        Returns
        -------
        TraceLimit
            Its ``evaluate(dps)`` is the limit; ``leading()`` the leading power and coefficient.
        """
        self._require_parameter(symbol)
        return TraceLimit(self, symbol, exact(point, "point"))

    def _require_parameter(self, symbol: object) -> None:
        if not isinstance(symbol, sp.Symbol) or symbol not in self.parameters:
            own = ", ".join(map(str, self.parameters)) or "none"
            raise InvalidParameterError(f"{symbol!r} is no free parameter of this trace: {own}")

    def _ridgeless(self) -> TraceLimit:
        """As the ridge falls to 0 that is added where an inverse exists in the limit only.

        Raises
        ------
        UndefinedOperationError
            If the trace is unbounded there.
        """
        ridge, expr = sp.Dummy("γ", positive=True), rewritten(self.expression)
        first = base = singular_base(expr)
        while base is not None:
            raised = base + ridge * sp.Identity(base.shape[0])
            expr = expr.xreplace({base: raised})
            base = singular_base(expr)
        limit = TraceLimit(TraceEquivalent(expr, self.slopes, self.values), ridge, sp.S.Zero)
        if limit.exponent < 0:
            raise UndefinedOperationError(
                f"{first} has no inverse in the limit: with the ridge γ added to it the trace "
                f"grows like γ to the power {limit.exponent}; add a ridge, as in "
                f"({first} + γ*Identity(n)).inverse(), and see .limit(γ).leading()"
            )
        return limit

    def closed_form(self) -> sp.Expr:
        """The number as a root of its own equation, by elimination of the block traces.

        Raises
        ------
        NoClosedFormError
            If the equation is of degree 3 or more and has irrational coefficients.
        """
        if singular_base(self.expression) is not None:
            return self._ridgeless().leading()[1] if self._ridgeless().exponent == 0 else sp.S.Zero
        return closed_value(self.system, self.enclose)

    def at(self, symbol: sp.Symbol, value: sp.Expr) -> TraceEquivalent:
        """With a value put into the equations, not into the matrix."""
        return self.at_values({symbol: value})

    def at_values(self, values: Mapping[sp.Symbol, sp.Expr]) -> TraceEquivalent:
        """The same for several values."""
        return TraceEquivalent(self.expression, self.slopes, (*self.values, *values.items()))

    def evaluate(
        self, values: Mapping[sp.Symbol, object] | None = None, dps: int | None = None
    ) -> Any:
        """The number: float or complex, or with ``dps`` right digits.

        Parameters
        ----------
        values
            Numbers for parameters, or arrays and lists of them, which are broadcast: the equations
            are set up once and followed at all points together.
        dps
            Digits; by default a float.

        Returns
        -------
        float, complex, mpf or mpc; an array of these where values are arrays.

        Raises
        ------
        InvalidParameterError
            If parameters are still symbols, or arrays do not fit each other.
        ConvergenceError
            If the trace is not analytic on the way from vanishing letters: an inverse meets the
            spectrum.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, normalized_trace
        >>> N, c = sp.symbols("N gamma", positive=True)
        >>> X = Ginibre("X", N, N, 1 / N)
        >>> trace = normalized_trace((X * X.T + c * sp.Identity(N)).inverse())
        >>> trace.evaluate({c: [0.5, 1, 2]}).round(6)
        array([1.      , 0.618034, 0.366025])
        """
        wanted = digits(dps)
        if values is not None:
            scalars, arrays = split_values(values)
            trace = self.subs(scalars) if scalars else self
            return on_grid([trace], arrays, wanted)[0] if arrays else trace.evaluate(dps=wanted)
        if not self.parameters and singular_base(self.expression) is not None:
            return self._ridgeless().evaluate(dps=wanted)
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
        end, reached = followed(self.system)
        if not reached[0]:
            raise ConvergenceError(
                "the trace is not analytic between vanishing letters and the given ones: an "
                "inverse meets the spectrum; move its argument off the axis or change the ridge"
            )
        return end[:, 0]

    def series(self, order: int) -> list[sp.Expr]:
        """Exact coefficients of s⁰, …, s^order: deterministic letters times s, Gaussian times √s.

        With a ridge γ they fall with γ: for tr (M + γ)⁻¹ and M quadratic in Gaussian letters the
        coefficient of sᵏ is that of γ⁻ᵏ⁻¹, so the sum is the expansion at γ → ∞.
        """
        return self.system.series(count(order))
