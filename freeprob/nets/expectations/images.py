"""Laws of functions of independent classical variables."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.mixture import mixture
from freeprob.laws.operations.rational_image import rational_image
from freeprob.nets.expectations.gaussian_images import gaussian_image, is_affine
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.expectations.several_variables import image_of_several
from freeprob.nets.functions.bound_symbol import ARGUMENT
from freeprob.nets.functions.formula_pieces import formula_pieces
from freeprob.parameters import formula, mapping

_W = ARGUMENT


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
    ``sample`` draws independent points. Of two such variables, where f is rational and of degree
    two at most in one of them, density, distribution function, quantiles and support are known,
    too: classical convolutions, products and ratios, eigenvalues of small matrices.

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
    >>> round(image(x / y, {x: Normal(), y: Normal()}).cdf(1), 12)
    0.75
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


def _matrix(expression: Any) -> sp.ImmutableMatrix:
    """A scalar as a matrix of size 1."""
    if not isinstance(expression, sp.MatrixBase):
        return sp.ImmutableMatrix([[_scalar(expression)]])
    if not expression.is_symmetric() or not expression.rows:
        raise InvalidParameterError(f"image needs a symmetric matrix, got {expression!r:.80}")
    return sp.ImmutableMatrix(expression.applyfunc(_scalar))


def _scalar(value: object) -> sp.Expr:
    """An expression, floats as the decimals that they print."""
    return formula(value, "the expression of an image")


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
    moved = None
    if is_affine(lambda x: value.xreplace({symbol: x})):
        moved = law._affine(value.diff(symbol), value.xreplace({symbol: sp.S.Zero}))
    return moved or gaussian_image(formula_pieces(value.xreplace({symbol: mean + _W}), 0), variance)
