"""Deterministic equivalents in deterministic letters, and traces in the same terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.models.equivalents.matrix_data import require_length
from freeprob.models.equivalents.matrix_derivatives import derivative
from freeprob.models.equivalents.named_scalars import (
    NamedScalars,
    balanced,
    named,
    named_trace,
)
from freeprob.models.equivalents.numbers import Solver, at_points, real_part, traced
from freeprob.models.equivalents.self_energies import SelfEnergies, self_energies
from freeprob.models.equivalents.words import ONE
from freeprob.models.equivalents.writing import WrittenScalars
from freeprob.models.letters.letters import matrix_expression
from freeprob.models.letters.shapes import require_bounded
from freeprob.models.letters.values import read_replacements, replaced
from freeprob.parameters import digits, finite_reals

if TYPE_CHECKING:
    from freeprob.derivation import Derivation


@final
@dataclass(frozen=True)
class DeterministicEquivalent:
    """A matrix that a random one is close to; build it with :func:`deterministic_equivalent`.

    Parameters
    ----------
    source
        The rational expression in random letters.
    """

    source: sp.MatrixExpr

    def __reduce__(self) -> tuple:
        # what was computed stays behind: it is computed again where it is asked for
        return DeterministicEquivalent, (self.source,)

    @property
    def _energies(self) -> SelfEnergies:
        return self_energies(self.source)

    @cached_property
    def _written(self) -> WrittenScalars:
        return WrittenScalars.of(self._energies, named(self._energies))

    @property
    def scalars(self) -> tuple[sp.Symbol, ...]:
        """κ, … and degrees of freedom, in the order of :meth:`equations`."""
        return tuple(self._written.shown)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols of the expression, dimensions among them."""
        return tuple(sorted(self.source.atoms(sp.Symbol), key=sp.default_sort_key))

    @property
    def expression(self) -> sp.MatrixExpr:
        """The equivalent, in the deterministic letters and the scalars of :meth:`equations`."""
        written, rows = self._written, self.source.shape[0]
        terms = [
            sp.MatMul(written.coefficient(value), written.matrix(word, rows)).doit(deep=False)
            for word, value in written.scalars.value.items()
        ]
        if not terms:
            return sp.ZeroMatrix(*self.source.shape)
        return terms[0] if len(terms) == 1 else sp.MatAdd(*terms)

    def equations(self) -> list[sp.Eq]:
        """The equations of the scalars, in normalised traces of deterministic matrices."""
        return self._written.equations()

    def latex(self) -> str:
        """Source, equivalent and equations as a LaTeX fragment (needs amsmath)."""
        lines = [rf"{sp.latex(self.source)} &\leftrightarrow {sp.latex(self.expression)}"]
        lines += [rf"{sp.latex(eq.lhs)} &= {sp.latex(eq.rhs)}" for eq in self.equations()]
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def _repr_latex_(self) -> str:
        source, found = sp.latex(self.source), sp.latex(self.expression)
        return rf"$\displaystyle {source} \leftrightarrow {found}$"

    def derive(self) -> Derivation:
        """The derivation: self-consistent equations, then the scalars as papers write them.

        ``.check()`` verifies every step with matrices drawn at random.
        """
        from freeprob.models.equivalents.evidence import derivation

        return derivation(self.source, self._energies, self._written)

    def subs(self, *values: object) -> DeterministicEquivalent:
        """The same for other parameters or letters, in any form that SymPy's ``subs`` takes."""
        return deterministic_equivalent(replaced(self.source, read_replacements(values)))

    def evaluate(
        self,
        values: Mapping[sp.Symbol, object] | None = None,
        data: Mapping[Any, object] | None = None,
    ) -> np.ndarray:
        """The matrix, by dense linear algebra.

        Parameters
        ----------
        values
            Numbers for parameters and dimensions; dimensions of arrays are known by these.
        data
            Real symmetric matrices by letter.

        Returns
        -------
        numpy.ndarray
            Real where all of its entries are.

        Raises
        ------
        InvalidParameterError
            If numbers or matrices are missing, or a matrix is not symmetric.
        ConvergenceError
            If an inverse meets the spectrum.

        Examples
        --------
        >>> import numpy as np, sympy as sp
        >>> from freeprob import Deterministic, Ginibre, deterministic_equivalent
        >>> p, n = sp.symbols("p n", positive=True)
        >>> S = Deterministic("Sigma", None, p)
        >>> X = S**sp.Rational(1, 2) * Ginibre("Z", p, n)
        >>> E = deterministic_equivalent((X * X.T / n + sp.Identity(p)).inverse())
        >>> E.evaluate({n: 4}, data={S: np.diag([1.0, 3.0])}).round(4)
        array([[0.5801, 0.    ],
               [0.    , 0.3153]])
        """
        return real_part(Solver(self.source, self._energies, data).at(values).matrix())

    def form(
        self,
        left: object,
        right: object,
        values: Mapping[sp.Symbol, object] | None = None,
        data: Mapping[Any, object] | None = None,
    ) -> Any:
        """The number leftᵀ E right, by products of matrices with vectors.

        Parameters
        ----------
        left, right
            Real vectors, as long as E has rows and columns.
        values
            As of :meth:`evaluate`; or arrays and lists of numbers, which are broadcast.
        data
            As of :meth:`evaluate`.

        Returns
        -------
        float or complex, or an array of these

        Raises
        ------
        InvalidParameterError, ConvergenceError
            As of :meth:`evaluate`, and for vectors of other lengths.

        Examples
        --------
        >>> import numpy as np, sympy as sp
        >>> from freeprob import Deterministic, Ginibre, deterministic_equivalent
        >>> p, n, g = sp.symbols("p n gamma", positive=True)
        >>> S = Deterministic("Sigma", None, p)
        >>> X = S**sp.Rational(1, 2) * Ginibre("Z", p, n)
        >>> E = deterministic_equivalent((X * X.T / n + g * sp.Identity(p)).inverse())
        >>> E.form([1, 1], [1, 1], {n: 4, g: [1, 2]}, {S: np.diag([1.0, 3.0])}).round(4)
        array([0.8954, 0.5864])
        """
        solver = Solver(self.source, self._energies, data)
        ends = [finite_reals(vector, name) for vector, name in ((left, "left"), (right, "right"))]

        def number(point: object) -> complex:
            moved = solver.at(point).applied(ends[1])
            require_length(ends[0], len(moved))
            return complex(ends[0] @ moved)

        return at_points(number, values)


@final
@dataclass(frozen=True)
class DeterministicTrace:
    """The limit of tr r / dimension in terms of deterministic letters that have no law.

    :func:`normalized_trace` gives it for expressions with such letters.

    Parameters
    ----------
    source
        A square rational expression in random letters.
    """

    source: sp.MatrixExpr

    @staticmethod
    def of(expr: sp.MatrixExpr) -> DeterministicTrace:
        """The trace of a square expression; errors as :func:`deterministic_equivalent`."""
        self_energies(expr)
        return DeterministicTrace(expr)

    def __reduce__(self) -> tuple:
        return DeterministicTrace, (self.source,)

    @property
    def _energies(self) -> SelfEnergies:
        return self_energies(self.source)

    @cached_property
    def _value(self) -> tuple[WrittenScalars, sp.Expr]:
        energies = self._energies
        scalars = named(energies)
        traces, terms = dict(scalars.traces), []
        for word, value in traced(energies, scalars.resolvents, scalars.value).items():
            if word != ONE and word not in traces:
                traces[word] = named_trace(word, energies, traces)
            terms.append(value * traces.get(word, sp.S.One))
        symbols = set(traces.values())
        whole = balanced(sp.Add(*terms), symbols)
        split = [balanced(term, symbols) for term in terms]
        if sp.count_ops(whole) <= sp.count_ops(sp.Add(*split)):
            split = [whole]
        complete = NamedScalars(
            scalars.equations, scalars.resolvents, {ONE: sp.Add(*split)}, traces
        )
        written = WrittenScalars.of(energies, complete)
        return written, sp.Add(*(written.coefficient(term) for term in split))

    @property
    def scalars(self) -> tuple[sp.Symbol, ...]:
        """κ, … and degrees of freedom, in the order of :meth:`equations`."""
        return tuple(self._value[0].shown)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Symbols of the expression, dimensions among them."""
        return tuple(sorted(self.source.atoms(sp.Symbol), key=sp.default_sort_key))

    @property
    def expression(self) -> sp.Expr:
        """The trace, in the scalars of :meth:`equations` and traces of deterministic matrices."""
        return self._value[1]

    def equations(self) -> list[sp.Eq]:
        """The equations of the scalars, and the trace in terms of them."""
        left = sp.Trace(self.source) / self.source.shape[0]
        result = sp.Eq(left, self.expression, evaluate=False)
        return [*self._value[0].equations(), result]

    def latex(self) -> str:
        """The equations as a LaTeX fragment (needs amsmath)."""
        lines = [rf"{sp.latex(eq.lhs)} &= {sp.latex(eq.rhs)}" for eq in self.equations()]
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {sp.latex(self.equations()[-1])}$"

    def derive(self) -> Derivation:
        """As :meth:`DeterministicEquivalent.derive`."""
        from freeprob.models.equivalents.evidence import derivation

        return derivation(self.source, self._energies, self._value[0], self.equations()[-1])

    def subs(self, *values: object) -> DeterministicTrace:
        """The same for other parameters or letters, in any form that SymPy's ``subs`` takes."""
        return DeterministicTrace.of(replaced(self.source, read_replacements(values)))

    def diff(self, *symbols: sp.Symbol) -> DeterministicTrace:
        """The derivative by parameters, one after the other: a trace of more resolvents."""
        expr = self.source
        for symbol in symbols:
            if symbol not in self.parameters:
                own = ", ".join(map(str, self.parameters)) or "none"
                raise InvalidParameterError(f"{symbol!r} is no parameter of this trace: {own}")
            expr = derivative(expr, symbol)
        return DeterministicTrace.of(expr)

    def evaluate(
        self,
        values: Mapping[sp.Symbol, object] | None = None,
        dps: int | None = None,
        data: Mapping[Any, object] | None = None,
    ) -> Any:
        """The number, from matrices or eigenvalues for the letters.

        Parameters
        ----------
        values
            Numbers for parameters and dimensions, or arrays and lists of them, which are
            broadcast; dimensions of arrays are known by these.
        dps
            Digits are known where the letters have laws, by :func:`normalized_trace`.
        data
            By letter a real symmetric matrix; or, for a single letter, its eigenvalues, an
            :class:`Atomic` or an :class:`Empirical` law.

        Returns
        -------
        float or complex, or an array of these

        Raises
        ------
        InvalidParameterError, ConvergenceError
            As :meth:`DeterministicEquivalent.evaluate`.
        """
        if digits(dps) is not None:
            raise InvalidParameterError(
                "matrices of floats give floats: for digits give each letter a law, as in "
                "normalized_trace(trace.source.subs({Sigma: Deterministic('Sigma', law, n)}))"
            )
        solver = Solver(self.source, self._energies, data)

        def number(point: object) -> complex:
            found = solver.at(point)
            traces = ((word, found.words.trace(word, found.resolvents)) for word in found.value)
            return complex(sum(found.value[word] * trace for word, trace in traces))

        return at_points(number, values)


def deterministic_equivalent(expr: sp.Expr) -> DeterministicEquivalent:
    """The deterministic matrix that a rational expression in random letters is close to.

    For bounded deterministic B, tr B r and tr B E have one limit. Random letters leave scalars
    behind, which solve equations in normalised traces of deterministic matrices; with
    X = Σ^(1/2) Z of size p x n the resolvent Q = (XXᵀ/n + λ)⁻¹ has λQ ↔ κ(Σ + κ)⁻¹ with
    κ = λ + κ (p/n) tr Σ(Σ + κ)⁻¹, and products of resolvents bring 1/(1 - (p/n) df₂). With a Haar
    letter U the resolvent (A + UBU* + z)⁻¹ is near (A + κ)⁻¹, -κ the subordination function at -z.

    Parameters
    ----------
    expr
        A rational matrix expression of order one in Gaussian, Haar and deterministic letters; the
        last need no law: ``Deterministic("Sigma", None, p)``, roots ``Sigma**Rational(1, 2)``.

    Returns
    -------
    DeterministicEquivalent
        With ``expression``, ``equations()``, ``derive()``, ``latex()`` and
        ``evaluate(values, data={Sigma: array})``.

    Raises
    ------
    InvalidParameterError
        If this is no rational expression, or it grows with the dimensions.
    UndefinedOperationError
        For rectangular spikes, transposes of complex letters, and inverses that need a ridge.

    Source: Silverstein-Bai 1995; Hachem-Loubaton-Najim 2007; Biane 1998.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Deterministic, Ginibre, deterministic_equivalent
    >>> p, n, lam = sp.symbols("p n lambda", positive=True)
    >>> S = Deterministic("Sigma", None, p)
    >>> X = S**sp.Rational(1, 2) * Ginibre("Z", p, n)
    >>> E = deterministic_equivalent((X * X.T / n + lam * sp.Identity(p)).inverse())
    >>> E.expression
    (_kappa/lambda)*(_kappa*I + Sigma)**(-1)
    >>> E.equations()
    [Eq(_kappa, _kappa*Trace(Sigma*(_kappa*I + Sigma)**(-1))/n + lambda)]
    """
    expr = matrix_expression(expr, "deterministic_equivalent")
    require_bounded(expr)
    self_energies(expr)
    return DeterministicEquivalent(expr)
