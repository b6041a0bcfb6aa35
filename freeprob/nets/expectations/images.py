"""The law of a function of a Gaussian variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, final

import numpy as np
import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.leaves import from_gaussian
from freeprob.exact.systems.system import GivenMoments, System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.mixture import mixture
from freeprob.laws.operations.rational_image import rational_image
from freeprob.nets.expectations.expectation import GaussianExpectation, mean_of
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.expectations.several_variables import image_of_several
from freeprob.nets.functions.bound_symbol import ARGUMENT
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces, split
from freeprob.parameters import bound, exact, mapping

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model

_W, _X = ARGUMENT, bound("x")
_REAL = sp.Dummy("x", real=True)


@final
class GaussianImage(Law):
    r"""Law of g(w), w ~ N(0, q); build it with :func:`gaussian_image`.

    Where g is constant there are atoms. The rest has
    zG(z) - 1 = E[g/(z - g)] as an integral, along a line bent away from the real one.
    """

    def __new__(cls, function: sp.Lambda, variance: sp.Expr) -> GaussianImage:
        """The function in its bound variable, and the variance."""
        return super().__new__(cls, function, variance)

    @property
    def pieces(self) -> Pieces:
        """The function between its kinks."""
        return split(self.args[0](_W), _W)

    def _sympystr(self, printer: Any) -> str:
        shown = printer._print(self.args[0](sp.Symbol("w")))
        return f"image({shown}, {{w: Normal(0, {printer._print(self.args[1])})}})"

    def _latex(self, printer: LatexPrinter) -> str:
        w = sp.Symbol("w")
        shown, variance = printer._print(self.args[0](w)), printer._print(self.args[1])
        return rf"\mathrm{{law}}\left({shown}\right)_{{w \sim N\left(0, {variance}\right)}}"

    def _system(self) -> System:
        variance, pieces = self.args[1], self.pieces
        root = sp.sqrt(variance)
        is_even = parity_of(pieces) == 1
        atoms: dict[sp.Expr, sp.Expr] = {}
        parts = []
        for low, high, part in pieces.intervals():
            weight = sp.S.One
            if is_even:
                if high.is_nonpositive:
                    continue
                weight, low = sp.S(2), sp.Max(low, 0)
            if not part.has(_W):
                mass = weight * gaussian_mass(low, high, variance)
                atoms[part] = sp.expand(atoms.get(part, sp.S.Zero) + mass)
                continue
            value = stable(part.xreplace({_W: root * _X}))
            ends = [end if end.is_infinite else end / root for end in (low, high)]
            if value == _X:
                # SymPy has a class of its own for x ↦ x: the same law from -x
                value, ends = -_X, [-end for end in reversed(ends)]
            parts.append((weight, sp.Lambda(_X, value), *ends))
        return from_gaussian(parts, atoms, ImageMoments(self.args[0], variance))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Deterministic

        return Deterministic(ImageQuantile(self.args[0], self.args[1]))

    def _on_half_line(self) -> bool | None:
        return fuzzy_and(
            part.xreplace({_W: _REAL}).is_nonnegative for _, _, part in self.pieces.intervals()
        )


@final
@dataclass(frozen=True)
class ImageMoments(GivenMoments):
    """E g(w)^k, in closed form or as a number with all digits."""

    function: sp.Lambda
    variance: sp.Expr

    def moment(self, order: int) -> sp.Expr:
        """The mean of a power."""
        pieces = split(self.function(_W), _W)
        power = pieces
        for _ in range(order - 1):
            power = power.times(pieces)
        mean = mean_of(power, self.variance)
        if mean.is_Add and mean.has(GaussianExpectation):
            # one constant: powers of products of layers would expand a sum
            return GaussianExpectation(power.expression(), _W, self.variance)
        return mean

    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> ImageMoments:
        """The same with parameters replaced by values."""
        values = dict(values)
        return ImageMoments(self.function.xreplace(values), self.variance.xreplace(values))


@final
@dataclass(frozen=True)
class ImageQuantile:
    """Values of g at the quantiles of the Gaussian, in order."""

    function: sp.Lambda
    variance: sp.Expr

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """Quantiles, of equal spacing in the Gaussian."""
        from scipy.special import ndtri

        from freeprob.numeric.programs.lowering import compile_numpy

        places = np.sqrt(float(self.variance)) * ndtri(probabilities)
        values = compile_numpy(self.function(_REAL), [_REAL])(places)
        return np.sort(np.broadcast_to(values, places.shape))


def gaussian_image(pieces: Pieces, variance: sp.Expr) -> Law:
    """Law of g(w), w ~ N(0, variance): of atoms where all pieces of g are constant."""
    if all(not part.has(pieces.variable) for part in pieces.parts):
        weights: dict[sp.Expr, sp.Expr] = {}
        for low, high, part in pieces.intervals():
            mass = gaussian_mass(low, high, variance)
            place = sp.expand(part)
            weights[place] = sp.expand(weights.get(place, sp.S.Zero) + mass)
        return Atomic(weights)
    expression = pieces.expression().xreplace({pieces.variable: _W})
    return GaussianImage(sp.Lambda(_W, expression), variance)


def gaussian_mass(low: sp.Expr, high: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """P(low < w < high)."""
    above, below = (
        sp.Rational(sp.sign(end)) if end.is_infinite else sp.erf(end / sp.sqrt(2 * variance))
        for end in (high, low)
    )
    return (above - below) / 2


def stable(expression: sp.Expr) -> sp.Expr:
    """1 - tanh² as 1/cosh², which keeps its digits in the tails."""
    return expression.replace(
        lambda node: isinstance(node, sp.Pow) and isinstance(node.base, sp.tanh) and node.exp == 2,
        lambda node: 1 - sp.cosh(node.base.args[0]) ** -2,
    )


def mixed(laws: dict[Law, sp.Expr]) -> Law:
    """A mixture; of laws of atoms one law of atoms."""
    if len(laws) == 1:
        return next(iter(laws))
    if not all(isinstance(law, Atomic) for law in laws):
        return mixture(laws)
    weights: dict[sp.Expr, sp.Expr] = {}
    for law, share in laws.items():
        for place, mass in law.weights.items():
            weights[place] = sp.expand(weights.get(place, sp.S.Zero) + share * mass)
    return Atomic(weights)


def image(expression: object, variables: Mapping[object, Law]) -> Law:
    """Law of f(X, Y, …) for independent classical variables; of a matrix that of its eigenvalues.

    Variables are of atoms or continuous. One Gaussian variable may have any f with kinks, and one
    variable of any law a rational f, with all readings: G(z) = Σ G_X(y)/f'(y) over the preimages y
    of z. With other continuous variables, Gaussian, uniform, semicircular, arcsine or
    Marchenko-Pastur, f is analytic; then moments are exact, G is known off the real axis and
    ``sample`` draws independent points, but densities have no equation here.

    Parameters
    ----------
    expression
        f, a scalar or a symmetric matrix in the variables; other symbols are parameters.
    variables
        The laws, by symbol.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If a matrix is not symmetric, or a key no symbol with a law.
    NoClosedFormError
        For other laws, or functions that are not rational or have kinks of other than one
        Gaussian variable.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Atomic, MarchenkoPastur, Normal, image
    >>> x, y = sp.symbols("x y")
    >>> image(x**2, {x: Normal()}).moments(3)
    [1, 3, 15]
    >>> image(x * y, {x: Atomic([1, 2]), y: Atomic([0, 1])})
    Atomic({0: 1/2, 1: 1/4, 2: 1/4})
    >>> from freeprob import Semicircle
    >>> image(x**3 - x, {x: Semicircle(1)}).support()
    [(-6, 6)]
    >>> image(sp.Matrix([[x, y], [y, 0]]), {x: MarchenkoPastur(1), y: Normal()}).moments(2)
    [1/2, 2]
    """
    matrix, laws = _matrix(expression), mapping(variables, "the laws", "{x: Normal(0, 1)}")
    for symbol, law in laws.items():
        if not (isinstance(symbol, sp.Symbol) and isinstance(law, Law)):
            raise InvalidParameterError(f"image needs symbols with laws, got {symbol}: {law}")
    total: dict[Law, sp.Expr] = {}
    places: dict[sp.Expr, sp.Expr] = {}
    for choice in product(*(_choices(law) for law in laws.values())):
        values = {x: part for x, (part, _) in zip(laws, choice, strict=True)}
        fixed = {x: part for x, part in values.items() if not isinstance(part, Law)}
        continuous = {x: part for x, part in values.items() if isinstance(part, Law)}
        mass = sp.Mul(*(weight for _, weight in choice))
        for law, share in _of_continuous(matrix.xreplace(fixed), continuous).items():
            found = total if isinstance(law, Law) else places
            found[law] = found.get(law, sp.S.Zero) + mass * share
    if places:
        size = sp.Add(*places.values())
        total[Atomic({x: share / size for x, share in places.items()})] = size
    return mixed(total)


def _matrix(expression: object) -> sp.ImmutableMatrix:
    """A scalar as a matrix of size 1."""
    try:
        value = sp.sympify(expression)
    except sp.SympifyError as error:
        raise InvalidParameterError(f"image needs an expression, got {expression!s:.80}") from error
    if isinstance(value, sp.Basic | sp.MatrixBase):
        value = value.xreplace({number: exact(number) for number in value.atoms(sp.Float)})
    if isinstance(value, sp.MatrixBase):
        if not value.is_symmetric() or not value.rows:
            raise InvalidParameterError(f"image needs a symmetric matrix, got {value!r:.80}")
        return sp.ImmutableMatrix(value)
    if not isinstance(value, sp.Expr) or isinstance(value, sp.MatrixExpr):
        raise InvalidParameterError(
            f"image needs a scalar expression or a symmetric matrix, got {expression!r:.80}"
        )
    return sp.ImmutableMatrix([[value]])


def _choices(law: Law) -> list[tuple[sp.Expr | Law, sp.Expr]]:
    """Places of atoms, and a continuous law, with their masses."""
    if isinstance(law, PointMass):
        return [(law.args[0], sp.S.One)]
    if isinstance(law, Atomic):
        return list(law.weights.items())
    if isinstance(law, MarchenkoPastur) and (law.args[0] > 1) == sp.true:
        ratio, variance = law.args
        rest = MarchenkoPastur(1 / ratio, ratio * variance)
        return [(sp.S.Zero, 1 - 1 / ratio), (rest, 1 / ratio)]
    return [(law, sp.S.One)]


def _of_continuous(
    matrix: sp.ImmutableMatrix, laws: Mapping[sp.Symbol, Law]
) -> dict[Law | sp.Expr, sp.Expr]:
    """Laws and places of atoms with their shares."""
    inside = {x: law for x, law in laws.items() if matrix.has(x)}
    if matrix.rows == 1 and len(inside) == 1:
        ((symbol, law),) = inside.items()
        value = matrix[0, 0]
        if isinstance(law, Normal):
            return {_of_one(value, symbol, law): sp.S.One}
        if value.is_rational_function(symbol):
            return {rational_image(law, value, symbol): sp.S.One}
    return image_of_several(matrix, inside)


def _of_one(value: sp.Expr, symbol: sp.Symbol, law: Law) -> Law:
    """A function of one Gaussian variable; affine ones stay Gaussian."""
    mean, variance = law.args
    slope = value.diff(symbol)
    if not slope.has(symbol) and slope.is_nonzero:
        return Normal(value.xreplace({symbol: mean}), slope**2 * variance)
    return gaussian_image(split(value.xreplace({symbol: mean + _W}), _W), variance)
