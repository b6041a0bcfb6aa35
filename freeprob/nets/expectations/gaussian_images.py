"""The law of a function of one Gaussian variable, and functions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.errors import UndefinedOperationError
from freeprob.exact.systems.facts import GivenMoments
from freeprob.exact.systems.leaves import from_gaussian
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic
from freeprob.nets.expectations.expectation import GaussianExpectation, mean_of
from freeprob.nets.functions.bound_symbol import ARGUMENT, shown
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces, is_less, merged_breaks, split
from freeprob.nets.functions.singular_places import singular_places
from freeprob.parameters import bound

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model

_W, _X = ARGUMENT, bound("x")
_REAL, _POSITIVE = sp.Dummy("x", real=True), sp.Dummy("x", positive=True)
_PLACES = (sp.Rational(1, 7), sp.S.One, sp.Integer(7))  # at which signs are asked


@final
class GaussianImage(Law):
    r"""Law of g(w), w ~ N(0, q); build it with :func:`gaussian_image`.

    Where g is constant there are atoms. The rest has
    zG(z) - 1 = E[g/(z - g)] as an integral, along a line bent away from the real one.
    """

    _word: ClassVar[str] = "image"

    def __new__(cls, function: sp.Lambda, variance: sp.Expr) -> GaussianImage:
        """The function in its bound variable, and the variance."""
        return super().__new__(cls, function, variance)

    @property
    def pieces(self) -> Pieces:
        """The function between its kinks."""
        return split(self.args[0](_W), _W)

    def _sympystr(self, printer: Any) -> str:
        shown = printer._print(self.args[0](sp.Symbol("w")))
        return f"{self._word}({shown}, {{w: Normal(0, {printer._print(self.args[1])})}})"

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
        for low, high, part in _analytic(pieces):
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

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """A function of a function; affine ones have laws of their own."""
        if is_affine(change):
            return None
        return gaussian_image(self.pieces.map(lambda part: _reduced(change(part))), self.args[1])

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Deterministic

        return Deterministic(ImageQuantile(self.args[0], self.args[1]))

    def _on_half_line(self) -> bool | None:
        return fuzzy_and(_is_nonnegative(*piece) for piece in self.pieces.intervals())


def _reduced(part: sp.Expr) -> sp.Expr:
    """In lowest terms where it is rational: functions of functions have places without a value."""
    return sp.cancel(part) if part.is_rational_function(_W) and not part.is_polynomial(_W) else part


def _is_nonnegative(low: sp.Expr, high: sp.Expr, part: sp.Expr) -> bool | None:
    """Whether a part is so on its interval: False where it has a negative value, None unknown."""
    if low.is_infinite and high.is_infinite:
        halves = (low, sp.S.Zero), (sp.S.Zero, high)
        return fuzzy_and(_is_nonnegative(*half, part) for half in halves)
    if high.is_infinite:
        chart = low + _POSITIVE
    elif low.is_infinite:
        chart = high - _POSITIVE
    else:
        chart = (low + high * _POSITIVE) / (1 + _POSITIVE)
    value = part.xreplace({_W: chart})
    if value.is_nonnegative or sp.factor(value).is_nonnegative:
        return True
    # every neighbourhood of a place inside has mass
    found = (value.xreplace({_POSITIVE: place}).is_extended_negative for place in _PLACES)
    return False if any(found) else None


@final
@dataclass(frozen=True)
class ImageMoments(GivenMoments):
    """E g(w)^k, in closed form or as a number with all digits."""

    function: sp.Lambda
    variance: sp.Expr

    def moment(self, order: int) -> sp.Expr:
        """The mean of a power.

        Raises
        ------
        UndefinedOperationError
            If it is infinite.
        """
        pieces = split(self.function(_W), _W)
        power = pieces
        for _ in range(order - 1):
            power = power.times(pieces)
        mean = mean_of(power, self.variance)
        if mean.is_infinite:
            raise UndefinedOperationError(
                f"the moment of order {order} of {shown(self.function(_W))} is infinite"
            )
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


def _analytic(pieces: Pieces) -> Iterable[tuple[sp.Expr, sp.Expr, sp.Expr]]:
    """Intervals between kinks and poles."""
    for low, high, part in pieces.intervals():
        for left, right in pairwise((low, *_singular_inside(part, low, high), high)):
            yield left, right, part


def _singular_inside(part: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[sp.Expr]:
    """Singular places between two ends, in order.

    Where they are not known there are none here: numbers refuse a function whose values jump.
    """
    try:
        places = merged_breaks(*((place,) for place in singular_places(part, _W)))
        return [place for place in places if is_less(low, place) and is_less(place, high)]
    except OutsideClass:
        return []


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


def is_affine(change: Callable[[sp.Expr], sp.Expr]) -> bool:
    """Whether a function is x ↦ ax + b; the derivative alone does not see jumps."""
    value = change(_X)
    slope = value.diff(_X)
    return not slope.has(_X) and not sp.expand(value - slope * _X).has(_X)


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
