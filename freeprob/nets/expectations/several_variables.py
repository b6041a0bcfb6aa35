"""Laws of functions of several independent variables, scalars or symmetric matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.ensembles.model import Model
from freeprob.ensembles.selfadjoint import Diagonal
from freeprob.errors import NoClosedFormError
from freeprob.exact.images.product_transform import CIRCLE, LINE, SEGMENT, Chart
from freeprob.exact.systems.facts import GivenMoments
from freeprob.exact.systems.leaves import from_product
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.arcsine import Arcsine
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.named.uniform import Uniform
from freeprob.nets.expectations.normal import Normal
from freeprob.numeric.programs.lowering import compile_numpy
from freeprob.parameters import bound

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

_C, _EIGENVALUE = bound("c"), sp.Dummy("lambda")
_AT = _J, _ROOT, _ABOVE = tuple(bound("v", i) for i in range(3))
_FREE_VARIABLES = 40
_NOT_ANALYTIC = (sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling)


def _circle(middle: sp.Expr, radius: sp.Expr, weight: sp.Expr, transform: sp.Expr) -> Chart:
    return Chart(CIRCLE, middle, radius, sp.Lambda(_C, weight), sp.Lambda(_AT, transform))


def _marchenko_pastur(ratio: sp.Expr, variance: sp.Expr) -> Chart:
    """For a ratio of at most 1: the rest of the law is an atom."""
    radius = 2 * variance * sp.sqrt(ratio)
    middle = variance * (1 + ratio)
    if ratio == 1:
        # 1 + J = (u + 1 + root) J, which keeps its digits at the hard edge
        return _circle(middle, radius, (1 - _C) / sp.pi, 2 / (_ABOVE + _ROOT))
    weight = 2 * variance * (1 - _C**2) / (sp.pi * (middle + radius * _C))
    return _circle(middle, radius, weight, 2 * _J / (1 + sp.sqrt(ratio) * _J))


_NONE = (sp.Lambda(_C, sp.S.One), sp.Lambda(_AT, sp.S.One))
_CHARTS: dict[type[Law], Callable[..., Chart]] = {
    Normal: lambda mean, variance: Chart(LINE, mean, sp.sqrt(variance), *_NONE),
    Uniform: lambda a, b: Chart(SEGMENT, (a + b) / 2, (b - a) / 2, *_NONE),
    Semicircle: lambda variance, mean: _circle(
        mean, 2 * sp.sqrt(variance), 2 * (1 - _C**2) / sp.pi, 2 * _J
    ),
    Arcsine: lambda a, b: _circle((a + b) / 2, (b - a) / 2, 1 / sp.pi, 1 / _ROOT),
    MarchenkoPastur: _marchenko_pastur,
}
CONTINUOUS = tuple(_CHARTS)
"""Laws of the continuous variables that are known here."""


@final
class ProductImage(Law):
    r"""Law of M(X, Y, …), M symmetric of size d; build it with :func:`image`.

    .. math:: G(z) = \frac1d E \operatorname{tr} (z - M(X, Y, \dots))^{-1} .

    Off the real axis G is an integral to any number of digits; moments are exact. For two variables
    and a rational M, of degree two at most in one of them, one integral is in closed form, so that
    G is known on the axis too, and with it densities, distribution functions and supports.
    """

    _word: ClassVar[str] = "image"

    def __new__(cls, matrix: sp.Lambda, *laws: Law) -> ProductImage:
        """The matrix as a function of bound variables, and their laws."""
        return super().__new__(cls, matrix, *laws)

    @property
    def laws(self) -> tuple[Law, ...]:
        """The laws of the variables."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        names = _names(self)
        shown = self.args[0](*names)
        value = shown[0, 0] if shown.shape == (1, 1) else shown
        pairs = (f"{x}: {printer._print(law)}" for x, law in zip(names, self.laws, strict=True))
        return f"{self._word}({printer._print(value)}, {{{', '.join(pairs)}}})"

    def _latex(self, printer: LatexPrinter) -> str:
        names = _names(self)
        shown = self.args[0](*names)
        value = printer._print(shown[0, 0] if shown.shape == (1, 1) else shown)
        pairs = (
            rf"{printer._print(x)} \sim {printer._print(law)}"
            for x, law in zip(names, self.laws, strict=True)
        )
        return rf"\mathrm{{law}}\left({value}\right)_{{{', '.join(pairs)}}}"

    def _system(self) -> System:
        function, size = self.args[0], self.args[0].expr.rows
        variables = tuple(bound("v", i) for i in range(len(self.laws)))
        matrix = function(*variables)
        entries = sp.Tuple(*(matrix[i, j] for i in range(size) for j in range(i, size)))
        charts = sp.Tuple(*(_CHARTS[type(law)](*law.args) for law in self.laws))
        moments = ProductMoments(function, self.laws)
        return from_product(size, sp.Lambda(variables, entries), charts, moments)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        if not scale.is_nonzero:
            return None
        function = self.args[0]
        variables, body = function.variables, function.expr
        moved = scale * body + shift * sp.eye(body.rows)
        return ProductImage(sp.Lambda(variables, sp.ImmutableMatrix(moved)), *self.laws)

    def _matrix_model(self) -> Model:
        return IndependentPoints(self.args[0], self.laws)

    def _on_half_line(self) -> bool | None:
        variables = [
            sp.Dummy("x", nonnegative=True) if law.on_half_line else sp.Dummy("x", real=True)
            for law in self.laws
        ]
        matrix = self.args[0](*variables)
        if matrix.rows > 2:
            return None
        minors = [matrix.trace(), matrix.det()][: matrix.rows]
        return fuzzy_and(sp.expand(minor).is_nonnegative for minor in minors)


def _names(law: ProductImage) -> list[sp.Symbol]:
    """Letters that are no parameters."""
    taken = {str(symbol) for symbol in law.free_symbols}
    letters = [x for x in "xyuvstw" if x not in taken] + [f"x_{i}" for i in range(_FREE_VARIABLES)]
    return [sp.Symbol(x) for x in letters[: len(law.laws)]]


@final
@dataclass(frozen=True)
class ProductMoments(GivenMoments):
    """E tr M^k/d from the moments of the variables."""

    function: sp.Lambda
    laws: tuple[Law, ...]

    def moment(self, order: int) -> sp.Expr:
        """By expansion of the trace.

        Raises
        ------
        NoClosedFormError
            If the entries are no polynomials.
        """
        variables = [sp.Dummy(f"x{i}") for i in range(len(self.laws))]
        matrix = self.function(*variables)
        trace = sp.expand((matrix**order).trace() / matrix.rows)
        try:
            polynomial = sp.Poly(trace, *variables)
        except sp.PolynomialError as error:
            raise NoClosedFormError(
                "moments are known of images by polynomials; numbers of G are by cauchy"
            ) from error
        needed = [max(degrees) for degrees in zip(*polynomial.monoms(), strict=True)]
        known = [
            [sp.S.One, *(law.moments(most) if most else [])]
            for law, most in zip(self.laws, needed, strict=True)
        ]
        return sp.Add(
            *(
                coefficient * sp.Mul(*(own[k] for own, k in zip(known, degrees, strict=True)))
                for degrees, coefficient in polynomial.terms()
            )
        )

    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> ProductMoments:
        """The same with parameters replaced by values."""
        values = dict(values)
        laws = tuple(law.subs(values) for law in self.laws)
        return ProductMoments(self.function.xreplace(values), laws)


@final
@dataclass(frozen=True)
class IndependentPoints(Model):
    """Eigenvalues of M at independent points: their density fluctuates like n^(-1/2)."""

    function: sp.Lambda
    laws: tuple[Law, ...]

    @property
    def invariant(self) -> bool:
        """False: the basis is fixed."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> Diagonal:
        """As many points as give n eigenvalues, those of the last at random."""
        size = self.function.expr.rows
        variables = [sp.Dummy("x", real=True) for _ in self.laws]
        points = [np.asarray(law.quantile(rng.random(-(-n // size)))) for law in self.laws]
        matrix = self.function(*variables)
        values = np.empty((points[0].size, size, size))
        for i, j in np.ndindex(size, size):
            values[:, i, j] = compile_numpy(matrix[i, j], variables)(*points)
        eigenvalues = rng.permuted(np.linalg.eigvalsh(values), axis=1)
        return Diagonal(eigenvalues.ravel()[:n])


def image_of_several(matrix: sp.Matrix, laws: Mapping[sp.Symbol, Law]) -> dict[Law | sp.Expr, Any]:
    """Laws, and places of atoms, with their shares: rational eigenvalues go one by one.

    Raises
    ------
    NoClosedFormError
        If an entry is not analytic, or for laws without a chart.
    """
    for entry in matrix:
        if entry.has(*_NOT_ANALYTIC):
            raise NoClosedFormError(
                f"{entry} is no analytic function: with several continuous variables only these "
                "are known; with one Gaussian variable there may be kinks"
            )
    for symbol, law in laws.items():
        if not isinstance(law, CONTINUOUS):
            names = ", ".join(kind.__name__ for kind in CONTINUOUS)
            raise NoClosedFormError(
                f"{symbol} has the law {law}: independent variables here are of the laws {names} "
                "or of atoms; for freely independent ones use boxplus and boxtimes"
            )
    symbols = [symbol for symbol in laws if matrix.has(symbol)]
    roots = _rational_eigenvalues(matrix)
    if roots is None:
        return {_product_image(matrix, {x: laws[x] for x in symbols}): sp.S.One}
    found: dict[Law | sp.Expr, Any] = {}
    for root, count in roots.items():
        inside = {x: laws[x] for x in symbols if root.has(x)}
        key = _product_image(sp.ImmutableMatrix([[root]]), inside) if inside else root
        found[key] = found.get(key, sp.S.Zero) + sp.Rational(count, matrix.rows)
    return found


def _product_image(matrix: sp.Matrix, laws: Mapping[sp.Symbol, Law]) -> ProductImage:
    variables = tuple(bound("v", i) for i in range(len(laws)))
    body = sp.ImmutableMatrix(matrix).xreplace(dict(zip(laws, variables, strict=True)))
    return ProductImage(sp.Lambda(variables, body), *laws.values())


def _rational_eigenvalues(matrix: sp.Matrix) -> dict[sp.Expr, int] | None:
    """Eigenvalues with multiplicities where the characteristic polynomial is of linear factors."""
    if matrix.rows == 1:
        return {sp.sympify(matrix[0, 0]): 1}
    polynomial = sp.expand(matrix.charpoly().as_expr(_EIGENVALUE))
    roots: dict[sp.Expr, int] = {}
    # without generators: constants such as pi count as letters, too
    for factor, power in sp.factor_list(sp.fraction(sp.together(polynomial))[0])[1]:
        degree = sp.degree(factor, _EIGENVALUE) if factor.has(_EIGENVALUE) else 0
        if degree > 1:
            return None
        if degree == 1:
            slope = factor.diff(_EIGENVALUE)
            roots[sp.expand(-factor.xreplace({_EIGENVALUE: sp.S.Zero}) / slope)] = power
    return roots
